"""What is due in the database, asked with one plain query, so that idle looks cost the simulation little.

The product's own look is still the judge: now and then every sweep runs whatever this says.
"""

from datetime import UTC, datetime, timedelta

_EVERY = 100  # one idle look in so many is made in earnest

# What is due and does not leave waits for a way out that rests.
_RESTS = 31.0

_QUERY = """SELECT
 (SELECT min(due_at) FROM jobs WHERE due_at IS NOT NULL),
 (SELECT min(due_at) FROM alerts WHERE closed_at IS NULL),
 (SELECT min(due_at) FROM callbacks WHERE closed_at IS NULL),
 (SELECT min(due_at) FROM messages WHERE direction='outbound' AND state IN ('queued','unknown','sending')),
 (SELECT min(due_at) FROM calls WHERE direction='outbound' AND state IN ('queued','unknown','sending')),
 (SELECT min(due_at) FROM calls WHERE state IN ('live','sent')),
 (SELECT min(due_at) FROM recordings)"""
_SWEEP_OF = ("watch", "watch", "watch", "outbox", "outbox", "lost calls", "recordings")
# What is looked at however little is due, in seconds; and what looks at the machine itself, which is none of the town's.
_AT_LEAST_EVERY = {"lease": 20.0, "lists": 60.0, "watch": 60.0}
NEVER = frozenset({"room"})


def as_stored(instant):
    """An instant as the database keeps it."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")


class Due:
    """The next moments, as they stand in the rows."""

    def __init__(self, world):
        self.world = world
        self.menus = []  # (id, cut-off)
        self._looks = 0
        self._looked_at = {}
        self.is_new = True  # a process that has just begun looks at everything

    def sweeps(self):
        """The names of the sweeps that have something to do now, in the order of the house."""
        world = self.world
        now = as_stored(world.now)
        row = world.raw.execute(_QUERY).fetchone()
        names = {name for name, due in zip(_SWEEP_OF, row, strict=True) if due is not None and due <= now}
        if self._menus_due():
            names.add("watch")
        names |= {name for name, seconds in _AT_LEAST_EVERY.items() if self._is_time(name, seconds)}
        house = world.house
        if not house.lease.is_mine:
            names.add("lease")
        self._looks += 1
        if self.is_new or self._looks % _EVERY == 0:
            names |= set(house.sweeps._sweeps)
        self.is_new = False
        chosen = [name for name in house.sweeps._sweeps if name in names and name not in NEVER]
        for name in chosen:
            self._looked_at[name] = (world.elapsed, world.now)
        return chosen

    def _is_time(self, name, seconds):
        """Long ago by the stopwatch, or by the clock, which may have been set."""
        elapsed, shown = self._looked_at.get(name, (-1e9, self.world.now))
        return self.world.elapsed - elapsed >= seconds or not 0 <= (self.world.now - shown).total_seconds() < seconds

    def next_in(self, most):
        """In how many seconds something is due next, at most `most`."""
        world = self.world
        moments = []
        if (at := world.exchange.next_due()) is not None:
            moments.append(at - world.elapsed)
        if world.down_until is not None:
            moments.append(world.down_until - world.elapsed)
        elif not world.is_asleep:
            now = as_stored(world.now)
            dues = [due for due in world.raw.execute(_QUERY).fetchone() if due is not None]
            moments += [self._seconds_until(due) if due > now else _RESTS for due in dues]
        return min((m for m in moments if m > 0), default=most)

    def _seconds_until(self, stored):
        return (datetime.fromisoformat(stored).replace(tzinfo=UTC) - self.world.now).total_seconds()

    def _menus_due(self):
        now = self.world.now
        rows = self.world.raw.execute("SELECT id, closed_at, is_planned_for FROM menus WHERE closed_at IS NULL")
        cutoffs = dict(self.menus)
        return any(
            cutoffs[id_] <= now or (not planned and now < cutoffs[id_] <= now + timedelta(days=1))
            for id_, _, planned in rows
            if id_ in cutoffs
        )
