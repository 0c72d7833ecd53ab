"""Speaking: a Reply as the XML that the carrier understands, checked before it leaves."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from voice.answer import Reply
from voice.prompts import catalog
from voice.recorded import Foreign, Played, Said
from voice.talk import Then
from voice.twiml_check import faults

LinkTo = Callable[[int], str]
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
# How long a key is waited for, and how much more slowly everything is said, for each pace.
_ASK_SECONDS = (10, 15, 20)
_SLOWER_PERCENT, _PAUSES = (0, 10, 20), ("600ms", "900ms", "1200ms")
# A recording ends after so long without a word: whoever thinks while speaking is not cut off.
_RECORD_SECONDS, _THINKS_SECONDS = 90, 8
_RING_SECONDS = 20
_SAY_LENGTH = 2500
# The carrier rings no more than these one after the other.
_MOST_NUMBERS = 10
# Characters that XML 1.0 forbids: one in a name would break the caller's menu.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def spoken(reply: Reply, link_to: LinkTo) -> str:
    """The document for one turn; `link_to(recording_id)` is an address under which the carrier can play a recording.

    Raises AssertionError for a document that the carrier would refuse: a bug.
    """
    response = VoiceResponse()
    _SHAPES[reply.then](response, reply, f"/voice/turn/{reply.turn}", link_to)
    return checked(str(response))


def checked(document: str) -> str:
    """The document, if the strict check finds nothing wrong with it."""
    found = faults(document)
    if found:
        raise AssertionError(f"TwiML: {found[0]}")
    return document


def whispered(words: str, language: str) -> str:
    """What the person on duty hears before the caller: a machine that picks up presses no key."""
    response = VoiceResponse()
    gather = Gather(action="/voice/whisper/key", method="POST", num_digits=1, timeout=_ASK_SECONDS[0], finish_on_key="")
    _say(gather, (words,), language)
    response.append(gather)
    response.hangup()
    return checked(str(response))


def introduced(words: str, language: str, *, then: str, asks_key: bool, pace: int = 0) -> str:
    """What is heard by somebody who is to be connected, before it is asked at `then` whether she may be."""
    response = VoiceResponse()
    if asks_key:
        gather = Gather(action=then, method="POST", num_digits=1, timeout=_ASK_SECONDS[pace], finish_on_key="")
        _say(gather, (words,), language, pace)
        response.append(gather)
        response.hangup()
    else:
        _say(response, (words,), language, pace)
        response.redirect(then, method="POST")
    return checked(str(response))


def hung_up() -> str:
    """The end of a leg."""
    response = VoiceResponse()
    response.hangup()
    return checked(str(response))


def apology(words: str, language: str) -> str:
    """One sentence, and the end: when something went wrong with us."""
    response = VoiceResponse()
    _say(response, (words,), language)
    response.hangup()
    return checked(str(response))


def stand_in(
    words: tuple[str, ...], after: tuple[str, ...], language: str, numbers: tuple[str, ...], shown_number: str
) -> str:
    """Say `words`, ring `numbers` one after the other, then say `after`: a document that asks us nothing further.

    It holds no address, so the carrier can carry it out alone while nothing of ours answers. Nobody to ring: it is only
    said. Whoever has spoken with somebody hears `after` too, if the other one hangs up first.
    """
    response = VoiceResponse()
    _say(response, words, language)
    if numbers:
        dial = Dial(timeout=_RING_SECONDS, caller_id=shown_number, sequential=True)
        for number in numbers[:_MOST_NUMBERS]:
            dial.number(number)
        response.append(dial)
    _say(response, after, language)
    response.hangup()
    return checked(str(response))


def _ask(response: VoiceResponse, reply: Reply, action: str, link_to: LinkTo) -> None:
    gather = Gather(
        action=action, method="POST", num_digits=1, timeout=_ASK_SECONDS[reply.pace], finish_on_key="",
        action_on_empty_result=True,
    )  # fmt: skip
    _speak(gather, reply, link_to)
    if reply.play is not None:
        gather.play(link_to(reply.play))
    response.append(gather)
    # A carrier that falls through instead of asking for the empty result comes back by itself.
    response.redirect(action, method="POST")


def _record(response: VoiceResponse, reply: Reply, action: str, link_to: LinkTo) -> None:
    _speak(response, reply, link_to)
    response.record(
        action=action,
        method="POST",
        max_length=_RECORD_SECONDS,
        timeout=_THINKS_SECONDS,
        play_beep=True,
        finish_on_key="0123456789*#",
    )
    response.redirect(action, method="POST")


def _connect(response: VoiceResponse, reply: Reply, action: str, link_to: LinkTo) -> None:
    _speak(response, reply, link_to)
    dial = Dial(action=action, method="POST", timeout=_RING_SECONDS, caller_id=reply.shown_number, sequential=True)
    for number in reply.connect_to:
        dial.number(number, url="/voice/whisper", method="POST")
    response.append(dial)


def _goodbye(response: VoiceResponse, reply: Reply, action: str, link_to: LinkTo) -> None:
    _speak(response, reply, link_to)
    response.hangup()


def _join(response: VoiceResponse, reply: Reply, action: str, link_to: LinkTo) -> None:
    _speak(response, reply, link_to)
    dial = Dial(action=action, method="POST", timeout=_RING_SECONDS, caller_id=reply.shown_number)
    for number in reply.connect_to:
        dial.number(number, url=f"/voice/whisper/{reply.joins}", method="POST")
    response.append(dial)


_SHAPES = {Then.ASK: _ask, Then.RECORD: _record, Then.CONNECT: _connect, Then.JOIN: _join, Then.GOODBYE: _goodbye}


def _speak(parent: VoiceResponse | Gather, reply: Reply, link_to: LinkTo) -> None:
    """What is heard, in order: sentences of the machine together, recordings each by itself with a pause around it."""
    for index, run in enumerate(_runs(reply.says)):
        if index:
            parent.pause(length=1)
        for piece in run:
            if isinstance(piece, Played):
                parent.play(link_to(piece.recording_id))
            elif isinstance(piece, Foreign):
                _say(parent, (piece.words,), piece.language, reply.pace)
            else:
                _say(parent, piece, reply.language, reply.pace)


def _runs(says: tuple[Said, ...]) -> Iterator[list[Played | Foreign | tuple[str, ...]]]:
    for is_words, sentences in groupby(says, key=lambda said: all(isinstance(piece, str) for piece in said)):
        if is_words:
            yield [tuple(piece for said in sentences for piece in said if isinstance(piece, str))]
            continue
        for said in sentences:
            yield [(piece,) if isinstance(piece, str) else piece for piece in said]


def _say(parent: VoiceResponse | Gather, words: tuple[str, ...], language: str, pace: int = 0) -> None:
    spoken_in = catalog(language)
    rate = f"{int(spoken_in.rate.rstrip('%')) - _SLOWER_PERCENT[pace]}%"
    left = _SAY_LENGTH
    say = Say(voice=spoken_in.say_voice, language=spoken_in.say_language)
    for index, sentence in enumerate(words):
        clean = _FORBIDDEN.sub("", sentence)[: max(left, 0)]
        left -= len(clean)
        if not clean:
            continue
        if index:
            say.break_(time=_PAUSES[pace])
        say.prosody(clean, rate=rate)
    parent.append(say)
