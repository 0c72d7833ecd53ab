"""The people of the living town at their telephones: who has something to do does it, a little at each beat."""

import random
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from voice.exchange.living import people
from voice.exchange.living.fingers import Fingers
from voice.exchange.living.manners import Manner, manners
from voice.exchange.living.pace import CALLS_AT_ONCE, LEFT_ALONE_SECONDS, RESTS_SECONDS
from voice.exchange.living.reading import Meant, meant
from voice.exchange.parties import ExchangeError, Handset

if TYPE_CHECKING:
    from voice.exchange.exchange import Exchange
    from voice.exchange.leg import Leg

_TOLD_MOST = 12
_RINGS_SECONDS = (8.0, 14.0)
_NEVER = float("inf")


class Street:
    """Calls in hand, telephones that ring, texts not yet read, and what somebody will do when its moment comes."""

    def __init__(self, exchange: "Exchange", chance: random.Random) -> None:
        self._exchange, self.chance = exchange, chance
        self.told: deque[dict[str, str]] = deque(maxlen=_TOLD_MOST)
        self.begun = 0
        self._calls: list[Fingers] = []
        self._deeds: list[tuple[float, Callable[[], object]]] = []
        self._read: set[str] = set()
        self._rings: dict[str, tuple[str, float]] = {}  # number → the call that rings there, and when it is answered
        self._rests_until: dict[str, float] = {}
        self._theirs_until: dict[str, float] = {}
        self._quickness = 1.0

    def go_on(self, quickness: float) -> None:
        """Whatever is in hand goes on; people are so many times as quick as they are."""
        self._quickness = quickness
        handsets = [h for h in self._exchange.plant.directory() if h.role in people.PLAYED]
        self._go_on_calling({handset.number: handset for handset in handsets})
        for handset in handsets:
            if self._is_free(handset.number):
                self._hear_it_ring(handset)
                self._read_texts(handset)
        self._do_deeds()

    def begin_something(self, quickness: float) -> None:
        """Somebody calls or texts by herself."""
        self._quickness = quickness
        able = [h for h in self._exchange.plant.directory() if self._is_free(h.number) and self._has_rested(h.number)]
        handset = people.beginner(able, self.chance)
        if handset is None:
            return
        manner, words = people.beginning(handset, self.chance)
        line = self._line()
        self.begun += self._write(handset, line, words) if words else self._call(handset, manner, line)
        self._rests_until[handset.number] = self._now + RESTS_SECONDS / quickness

    def leave_alone(self, number: str) -> None:
        """Somebody uses this telephone by hand: it is theirs for a while, and so is the call that is on it."""
        self._theirs_until[number] = self._now + LEFT_ALONE_SECONDS
        self._calls = [fingers for fingers in self._calls if fingers.number != number]

    def go_home(self) -> None:
        """Whoever is in a call hangs up, and what was still to be done is not."""
        calls, self._calls = self._calls, []
        self._deeds, self._rings = [], {}
        for fingers in calls:
            if not fingers.is_over:
                self._try(fingers.hang_up)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _go_on_calling(self, handsets: dict[str, Handset]) -> None:
        for fingers in list(self._calls):
            handset = handsets.get(fingers.number)
            self._tell(handset, self._tried(fingers.go_on))
            if fingers.is_over and fingers in self._calls:
                self._calls.remove(fingers)
                self._think_of(fingers, handset)

    def _think_of(self, fingers: Fingers, handset: Handset | None) -> None:
        """Whoever took a job by key, and cannot text, rings when it is done."""
        if handset is None or handset.role != "volunteer" or not handset.is_landline:
            return
        if any(read.kind == "job" and read.is_for_today for read in meant(fingers.heard, "voice")):
            ring = Manner("done", 1, keys=("3",))
            self._later(manners("job")["done"], lambda: self._call(handset, ring, self._line()))

    def _hear_it_ring(self, handset: Handset) -> None:
        leg = self._exchange.plant.in_use.get(handset.number)
        if leg is None or leg.call.status != "ringing" or leg.call.direction == "inbound":
            return
        known, due = self._rings.get(handset.number, ("", _NEVER))
        if known != leg.call.sid:
            self._rings[handset.number] = (leg.call.sid, self._now + self._soon(*_RINGS_SECONDS))
        elif self._now >= due:
            self._rings[handset.number] = (leg.call.sid, _NEVER)
            self._pick_up(handset, leg, people.when_it_rings(handset, self.chance))

    def _pick_up(self, handset: Handset, leg: "Leg", manner: Manner) -> None:
        if manner.silent:
            return
        if manner.machine:
            if self._try(lambda: self._exchange.pick_up_by_machine(handset.number)):
                self._tell(handset, "machine")
        elif self._try(lambda: self._exchange.answer(handset.number)):
            self._tell(handset, "answer")
            self._take_in_hand(handset, leg, manner)

    def _call(self, handset: Handset, manner: Manner, line: str) -> bool:
        number = handset.number
        if len(self._calls) >= CALLS_AT_ONCE or not self._is_free(number):
            return False
        if not self._try(lambda: self._exchange.dial(number, line)):
            return False
        self._tell(handset, "call")
        leg = self._exchange.plant.in_use.get(number)
        if leg is not None:
            self._take_in_hand(handset, leg, manner)
        return True

    def _take_in_hand(self, handset: Handset, leg: "Leg", manner: Manner) -> None:
        words = people.after_the_tone(handset, manner, self.chance)
        talk = people.to_a_person(handset, self.chance)
        self._calls.append(Fingers(self._exchange, leg, manner, words, talk, quickness=self._quickness))

    # --- texts ------------------------------------------------------------------------------------------------------

    def _read_texts(self, handset: Handset) -> None:
        for message in list(self._exchange.plant.thread(handset.number)):
            if message.from_ != handset.number and message.sid not in self._read:
                self._read.add(message.sid)
                for read in meant(message.body):
                    self._answer(handset, people.answer(read, self.chance), read, message.from_)

    def _answer(self, handset: Handset, manner: Manner, read: Meant, line: str) -> None:
        following = [manners(read.kind)[manner.then]] if manner.then else []
        for one in (manner, *following):
            if one.writes:
                body = people.written(handset, one, read, self.chance)
                self._later(one, self._writing(handset, line, body))

    def _writing(self, handset: Handset, line: str, body: str) -> Callable[[], bool]:
        return lambda: self._write(handset, line, body)

    def _write(self, handset: Handset, line: str, body: str) -> bool:
        is_sent = self._is_free(handset.number) and self._try(lambda: self._exchange.text(handset.number, line, body))
        if is_sent:
            self._tell(handset, "text", body)
        return is_sent

    # --- moments ----------------------------------------------------------------------------------------------------

    def _do_deeds(self) -> None:
        due = [act for at, act in self._deeds if at <= self._now]
        self._deeds = [(at, act) for at, act in self._deeds if at > self._now]
        for act in due:
            act()

    def _later(self, manner: Manner, act: Callable[[], object]) -> None:
        self._deeds.append((self._now + self._soon(*manner.after), act))

    def _soon(self, least: float, most: float) -> float:
        return self.chance.uniform(least, most) / self._quickness

    def _try(self, act: Callable[[], object]) -> bool:
        """A telephone that is busy, off or over by now is another moment's."""
        try:
            act()
        except ExchangeError:
            return False
        return True

    def _tried(self, act: Callable[[], str]) -> str:
        try:
            return act()
        except ExchangeError:
            return ""

    def _tell(self, handset: Handset | None, did: str, words: str = "") -> None:
        verb, _, key = did.partition(" ")
        if handset is not None and verb:
            self.told.append({"who": handset.label, "did": verb, "words": words or key})
            self._exchange.plant.changed()

    @property
    def _now(self) -> float:
        return self._exchange.plant.elapsed()

    def _line(self) -> str:
        lines = self._exchange.plant.lines()
        return lines[0].number if lines else ""

    def _is_free(self, number: str) -> bool:
        return self._theirs_until.get(number, 0.0) <= self._now

    def _has_rested(self, number: str) -> bool:
        return self._rests_until.get(number, 0.0) <= self._now
