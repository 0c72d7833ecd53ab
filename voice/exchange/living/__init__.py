"""A town that lives: people who call, text and answer by themselves, at the exchange's own telephones."""

from voice.exchange.living.pace import PACES
from voice.exchange.living.switch import Living

__all__ = ["PACES", "Living"]
