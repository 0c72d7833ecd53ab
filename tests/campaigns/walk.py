"""Random fingers on the menus themselves: any key, silence, speech, hang-up at any moment, while facts change under them.

No network and no database, so that there can be many: what the tables of the menus do with a call. Every call ends in one
outcome, every document is one that the carrier carries out, something is always said, what has been done is never
forgotten, nobody is hung up on without a promise, and whoever falls silent comes to an end.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from menus.doing import done
from menus.examples import example
from menus.scenes import callers
from menus.walk import HEARD, KEYS, document, in_words

from models.traffic import Outcome
from voice.answer import after, refused
from voice.doing import Done
from voice.ending import outcome_of
from voice.prompts import languages
from voice.step import arrive, is_left_half_way, step
from voice.talk import Act, Heard, Sound, Talk, Then

# Whoever says nothing any more has come to an end after so many turns.
_SILENT_TURNS = 14
_MOVES, _SHARE = 25, 2_000
_HANGS_UP, _CHANGES, _REFUSES, _STRAYS = 0.05, 0.06, 0.08, 0.03
_WEIGHT = list(Outcome).index


def main(argv):
    """Run the campaign; 0 when it found nothing."""
    parser = argparse.ArgumentParser(prog="scripts/soak walk", description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first share of the calls; the others count on")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes that call at once")
    arguments = parser.parse_args(argv)
    began = time.monotonic()
    sizes = [min(_SHARE, arguments.calls - start) for start in range(0, arguments.calls, _SHARE)]
    counts, found = Counter(), []
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for part, words in pool.map(run, range(arguments.seed, arguments.seed + len(sizes)), sizes):
            counts += part
            found += words
    print(
        f"{counts['calls']:,} calls, {counts['turns']:,} turns in {time.monotonic() - began:.0f} s; {len(found)} wrong"
    )
    print("  " + ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items())))
    for words in found[:20]:
        print(f"  WRONG {words}", file=sys.stderr)
    return 1 if found else 0


def run(seed, calls):
    """So many calls; returns counters, and a sentence for everything that was wrong."""
    fingers = random.Random(seed)
    counts, found = Counter(), []
    for number in range(calls):
        language = fingers.choice(languages())
        call = _Call(fingers, language)
        try:
            call.whole()
        except Exception as error:
            # Whatever the menus raise is what we are looking for.
            call.wrong(f"{type(error).__name__}: {error}")
        counts.update(calls=1, turns=len(call.trail))
        if not call.faults:
            counts[f"ended {outcome_of(call.turn.talk)}"] += 1
        found += [f"seed {seed} call {number} ({language}, {call.name}): {words}" for words in call.faults[:1]]
    return counts, found


class _Call:
    def __init__(self, fingers, language):
        self.fingers, self.language = fingers, language
        self.words, self.trail, self.faults = example(language), [], []
        self.all = _callers(language)
        self.name = fingers.choice(sorted(self.all))
        self.caller = self.all[self.name]
        self.scene, self.turn, self.is_calm = self.caller.scene, None, False

    def wrong(self, words):
        self.faults.append(f"{words}; {' '.join(self.trail)}")

    def whole(self):
        self._comes(self.caller.opens(Talk(language=self.language), self.scene))
        for _ in range(self.fingers.randint(0, _MOVES)):
            if self.turn.then is Then.GOODBYE or self.fingers.random() < _HANGS_UP:
                break
            self._hears(*self._something())
        else:
            self._falls_silent()
        self._ends()

    def _something(self):
        """What is likely there, and now and then what cannot come there, for news of a leg may be late."""
        then = self.fingers.choice(tuple(Then)) if self.fingers.random() < _STRAYS else self.turn.then
        heard = HEARD[then] or HEARD[Then.ASK]
        likely = [name for name in heard if name not in KEYS] + list("111223345")
        name = self.fingers.choice([name for name in likely if name in heard] + sorted(heard))
        return name, heard[name]

    def _hears(self, name, heard):
        if not self.is_calm and self.fingers.random() < _CHANGES:
            self._change()
        self.trail.append(f"{self.turn.talk.place}:{name}")
        talk = Talk.from_json(json.loads(json.dumps(self.turn.talk.to_json())))
        turn = step(talk, heard, self.scene)
        self._comes(self._done(turn) if isinstance(turn, Act) else turn, before=talk)

    def _done(self, act):
        if not self.is_calm and self.fingers.random() < _REFUSES:
            return arrive(refused(act), self.scene, (("too_late", {}),))
        try:
            result, self.scene = done(act, self.scene, self.words) or (Done(), self.scene)
        except StopIteration:
            # It was there when she heard of it and is gone: so would the deed find it.
            return arrive(refused(act), self.scene, (("too_late", {}),))
        return arrive(after(act, result), self.scene, result.says)

    def _change(self):
        """What is known changes between two turns: to what somebody else in the same kind of call would find."""
        others = [other for other in self.all.values() if other.is_ours == self.caller.is_ours]
        self.scene = self.fingers.choice(others).scene
        self.trail.append("(changed)")

    def _comes(self, turn, before=None):
        if before is not None and _weight(turn.talk) < _weight(before):
            self.wrong("what was done is forgotten")
        self.turn = turn
        if not in_words(turn.says, turn.talk.language, self.words):
            self.wrong(f"nothing is said at {turn.talk.place}")
        _valid(turn, self.scene, self.words)
        ends_well = self.caller.is_ours or turn.talk.outcome not in (None, Outcome.UNFINISHED)
        if turn.then is Then.GOODBYE and not ends_well:
            self.wrong("hung up on without a promise")

    def _falls_silent(self):
        self.is_calm = True  # nothing else happens meanwhile, and what is promised is kept
        for _ in range(_SILENT_TURNS):
            if self.turn.then is Then.GOODBYE:
                return
            nothing = Sound.NOT_CONNECTED if self.turn.then in (Then.CONNECT, Then.JOIN) else Sound.SILENCE
            self._hears(nothing.value, Heard(nothing))
        if self.turn.then is not Then.GOODBYE:
            self.wrong("silence has no end")

    def _ends(self):
        talk = self.turn.talk
        came = outcome_of(talk)
        is_cut_off = is_left_half_way(talk) and talk.outcome in (None, Outcome.HEARD)
        if not isinstance(came, Outcome) or (came is Outcome.UNFINISHED) != (talk.outcome is None or is_cut_off):
            self.wrong(f"ended as {came}")


def _weight(talk):
    return -1 if talk.outcome is None else _WEIGHT(talk.outcome)


_KNOWN = {}
_SEEN = set()


def _callers(language):
    if language not in _KNOWN:
        _KNOWN[language] = callers(example(language), language)
    return _KNOWN[language]


def _valid(turn, scene, words):
    """Raises AssertionError for a document that the carrier would refuse; the same is looked at once."""
    key = (turn.then, turn.talk.language, turn.talk.pace, turn.play, repr(turn.says), len(scene.duty_numbers))
    if key not in _SEEN:
        document(turn, scene, words, turn.talk.language)
        _SEEN.add(key)
