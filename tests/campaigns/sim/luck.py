"""Everything that is left to chance in one life, from its seed: when it begins, which mishaps it knows, how often."""

import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

# When a life may begin: ordinary days, and the nights on which the clocks change.
_DAYS = ("2026-11-23", "2026-11-25", "2027-02-27", "2026-07-14")
_CLOCK_CHANGES = {"America/New_York": ("2026-11-01", "2027-03-14"), "Europe/Berlin": ("2026-10-25", "2027-03-28"),
                  "Asia/Shanghai": ("2026-10-25", "2027-03-14")}  # fmt: skip
TIMEZONES = tuple(_CLOCK_CHANGES)

# Mishaps that are decided anew each time: name → share when a life knows it.
_SHARES = {"answer_lost": 0.05, "quick_callback": 0.3, "refused": 0.08, "silent": 0.08, "between": 0.02}
# Switches of the exchange: name → the value when a life knows it.
_SWITCHES = {
    "callbacks_shuffled_seconds": (2.0, 40.0), "callbacks_doubled_share": (0.1, 0.5),
    "callbacks_delayed_seconds": (0.5, 90.0), "callbacks_lost_share": (0.05, 0.5), "webhooks_doubled_share": (0.1, 0.5),
    "list_lag_seconds": (5.0, 30.0), "delivery_seconds": (0.5, 20.0), "segments_per_second": (0.5, 2.0),
}  # fmt: skip
_CHOICES = {"idempotency_token": ("same", "new", "absent"), "empty_recording": ("saved", "absent"),
            "empty_digits": ("absent", "empty"), "refused_whisper": ("no-answer", "completed")}  # fmt: skip


_TASTES = ("resident_texts", "volunteer_answers", "volunteer_reports", "somebody_dials", "somebody_at_a_telephone",
           "minutes_pass", "hours_pass", "crash_is_coming", "staff_act", "until_something_is_due")  # fmt: skip
# How a volunteer answers: yes, no, garbled.
_MANNERS = ((8, 1, 0.5), (3, 3, 1), (1, 6, 0), (2, 1, 5))


class Luck:
    """The dice of one life."""

    def __init__(self, seed):
        self.number = random.Random(f"{seed} number").randrange(1, 100_000)
        dice = random.Random(f"{seed} life")
        self.timezone = dice.choice(TIMEZONES)
        day = dice.choice(_CLOCK_CHANGES[self.timezone] if dice.random() < 0.2 else _DAYS)
        self.is_change = day not in _DAYS
        hour = dice.choice((12, 13, 13, 14, 14, 15, 16, 18, 21)) if not self.is_change else dice.choice((0, 4, 5, 12))
        offset = {"America/New_York": 0, "Europe/Berlin": -6, "Asia/Shanghai": -13}[self.timezone]
        self.begins_at = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(
            hours=hour + offset, minutes=dice.randrange(60)
        )
        # "Swarm": each life knows only some of the mishaps, so that none hides another.
        self.shares = {name: share for name, share in _SHARES.items() if dice.random() < 0.5}
        self.switches = {
            name: round(dice.uniform(*span), 2) for name, span in _SWITCHES.items() if dice.random() < 0.35
        }
        self.switches |= {name: dice.choice(values) for name, values in _CHOICES.items()}
        self.knows = {name for name in ("crash", "clock", "down", "off", "sleep", "two") if dice.random() < 0.5}
        self.stumbles = {n for n in ("rest_429_next", "rest_503_next", "answers_lost_next") if dice.random() < 0.5}
        self.is_clock_mild = dice.random() < 0.6
        self.is_office_asleep = dice.random() < 0.25
        # A number that looks like a mobile to us, and is a landline to the carrier.
        self.hidden_landline = dice.choice(("", "", "+12125550114", "+12125550123", "+12125550132"))
        self.is_one_machine = dice.random() < 0.7
        self.has_robot = dice.random() < 0.4
        self.hang_up_share = dice.choice((0.05, 0.15, 0.4))
        self.taste = {name: dice.choice((0.3, 1.0, 1.0, 3.0)) for name in _TASTES}
        self._manners = {n: dice.choice(_MANNERS) for n in ("+12125550121", "+12125550122", "+12125550123")}
        self.longest_downtime = dice.choice((1, 20, 120, 1200))
        self.dice = random.Random(f"{seed} start")
        self.is_kind = False  # in the second part of a life nothing goes wrong any more

    def step(self, seed, index):
        """The dice of one step: the same whichever steps were left out before it."""
        self.dice = random.Random(f"{seed} step {index}")
        return self.dice

    def happens(self, name):
        """Does this mishap happen now?"""
        return not self.is_kind and name in self.shares and self.dice.random() < self.shares[name]

    @contextmanager
    def nothing_else(self):
        """For a moment chance keeps out of it."""
        was_kind, self.is_kind = self.is_kind, True
        try:
            yield
        finally:
            self.is_kind = was_kind

    def manner(self, number):
        """How this volunteer answers an offer: the weights of yes, no, and something unclear."""
        return self._manners[number]

    def wire(self):
        """What happens to a request to the carrier."""
        return "refused" if self.happens("refused") else "silent" if self.happens("silent") else ""

    def downtime(self):
        """For how many seconds a dead process stays dead."""
        return 0.5 if self.is_kind else self.dice.choice((0.2, 1.0, 5.0, self.longest_downtime))

    def between(self, world):
        """What a process calls before each transaction: another may be quicker."""

        def look(process):
            if (
                process is world.process
                and world.is_up
                and not process.is_dead
                and "two" in self.knows
                and self.happens("between")
            ):
                world.another_looks()

        return look
