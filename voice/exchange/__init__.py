"""The simulated carrier. It speaks Twilio's REST interface and calls our real webhooks with real signatures."""

from voice.exchange.exchange import Exchange
from voice.exchange.faults import Faults
from voice.exchange.parties import Answer, ExchangeError, Handset, Line
from voice.exchange.pump import start_pump

__all__ = ["Answer", "Exchange", "ExchangeError", "Faults", "Handset", "Line", "start_pump"]
