"""What a telephone makes heard: Say, Play and Pause, one after the other."""

from collections.abc import Callable
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from voice.exchange import spoken
from voice.exchange.leg import Leg
from voice.exchange.webhook import WebhookError

_PLAYED_SECONDS = 5.0  # we do not listen to the file, so every file lasts as long
_LOOPS_MAX = 1000  # what Twilio makes of loop="0"
_DIGIT_SECONDS = 0.5


def sound(leg: Leg, element: Element, begins: float) -> float:
    """Let it sound from that moment on, and say when it will be over."""
    return _SOUNDS[element.tag](leg, element, begins)


def _say(leg: Leg, element: Element, begins: float) -> float:
    words = spoken.said(element)
    seconds = max(0.3, spoken.seconds_of_say(element))
    language = element.get("language") or _language_of_voice(element.get("voice", ""))
    leg.hear("say", words, language, at=begins, seconds=seconds * _loops(element))
    return begins + seconds * _loops(element)


def _play(leg: Leg, element: Element, begins: float) -> float:
    address = (element.text or "").strip()
    if not address:
        digits = element.get("digits", "")
        leg.hear("play", digits, at=begins, seconds=_DIGIT_SECONDS * len(digits))
        return begins + _DIGIT_SECONDS * len(digits)
    target = urljoin(leg.url, address)
    try:
        played = leg.plant.webhooks.sound(target, leg.jar)
    except WebhookError as error:
        # Twilio goes on with the next verb, so the caller hears nothing here.
        leg.plant.errors.append(leg.error(error.code, error.sentence, target))
        return begins
    leg.hear("play", spoken.label_of(played) or target, at=begins, seconds=_PLAYED_SECONDS * _loops(element))
    return begins + _PLAYED_SECONDS * _loops(element)


def _pause(leg: Leg, element: Element, begins: float) -> float:
    seconds = float(element.get("length", "1"))
    leg.hear("pause", at=begins, seconds=seconds)
    return begins + seconds


def _loops(element: Element) -> int:
    return int(element.get("loop", "1")) or _LOOPS_MAX


def _language_of_voice(voice: str) -> str:
    known = {"Polly.Zhiyu": "cmn-CN", "Polly.Hiujin": "yue-HK"}
    if voice.startswith("Google."):
        return "-".join(voice.removeprefix("Google.").split("-")[:2])
    return next((language for name, language in known.items() if voice.startswith(name)), "en-US")


_SOUNDS: dict[str, Callable[[Leg, Element, float], float]] = {"Say": _say, "Play": _play, "Pause": _pause}
