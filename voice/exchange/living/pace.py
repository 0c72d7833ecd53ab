"""How fast the town lives, and what keeps it from flooding a board."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Somebody begins something every so often; whoever answers is so many times as quick as people are."""

    every_seconds: float
    quickness: float


PACES = {"calm": Pace(45, 1), "everyday": Pace(18, 2), "rush": Pace(6, 4)}

BEAT_SECONDS = 1.0
# Nobody looks at the telephones, or somebody has forgotten a page that does: the town goes to sleep.
UNWATCHED_SECONDS = 10 * 60
LONGEST_SECONDS = 2 * 60 * 60
# So many things are begun, and then it is enough, whatever the pace; the duty telephone and staff must keep up.
BEGUN_MOST = 150
CALLS_AT_ONCE = 3
# Whoever has just begun something rests.
RESTS_SECONDS = 120
# A telephone that somebody uses by hand is theirs for so long.
LEFT_ALONE_SECONDS = 10 * 60
# Nobody begins anything before and after these hours of the day.
WAKES_AT, SLEEPS_AT = 7, 21
