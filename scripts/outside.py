"""Telling the outside that we live: a watchdog that is not asked for any more raises the alarm that we cannot."""

import logging
from collections.abc import Callable

import requests

log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0
_TIMEOUT_SECONDS = 10.0


class DeadMansSwitch:
    """Asks for an address once a minute, for as long as all is well with us."""

    def __init__(self, url: str, *, is_well: Callable[[], bool], stopwatch: Callable[[], float]) -> None:
        """`is_well` says whether orders are taken and what is due is done; `stopwatch` gives growing seconds."""
        self._url, self._is_well, self._stopwatch = url, is_well, stopwatch
        self._asked_at = stopwatch() - _EVERY_SECONDS

    def hold(self) -> int:
        """Ask when it is time to; always 0, for nothing of ours is changed by it. The network's faults are logged."""
        if not self._url or self._stopwatch() - self._asked_at < _EVERY_SECONDS or not self._is_well():
            return 0
        self._asked_at = self._stopwatch()
        try:
            requests.get(self._url, timeout=_TIMEOUT_SECONDS).close()
        except requests.RequestException as error:
            log.warning("the watchdog outside could not be told that we live: %s", type(error).__name__)
        return 0
