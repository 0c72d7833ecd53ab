"""The one place that knows threads: it turns the exchange's wheel while the program runs."""

import logging
import threading
from collections.abc import Callable

from voice.exchange.exchange import Exchange

PAUSE_SECONDS = 0.05
PUMPS = 3  # so that one slow webhook does not keep every other telephone waiting

_log = logging.getLogger(__name__)


def start_pump(exchange: Exchange) -> Callable[[], None]:
    """Tick until the returned function is called."""
    is_over = threading.Event()
    threads = [
        threading.Thread(target=_turn, args=(exchange, is_over), name=f"exchange-{n}", daemon=True)
        for n in range(PUMPS)
    ]
    for thread in threads:
        thread.start()

    def stop() -> None:
        is_over.set()
        for thread in threads:
            thread.join(timeout=2)

    return stop


def _turn(exchange: Exchange, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            done = exchange.tick()
        except Exception:  # an edge: the telephones must go on working
            _log.exception("The exchange stumbled and goes on.")
            done = 0
        if not done:
            is_over.wait(PAUSE_SECONDS)
