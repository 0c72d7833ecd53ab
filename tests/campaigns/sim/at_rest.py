"""What must hold once nothing is due any more: after every step, and at the end when the mishaps are over."""

# ruff: noqa: S608 - the names of our own tables

from datetime import timedelta

from campaigns.sim.due import as_stored

_TICK = timedelta(seconds=10)
_LONGEST_BUSY = timedelta(minutes=2)
# After a failed attempt the way out rests; nothing is sent by it meanwhile.
_RESTS_SECONDS = 40
_OVERDUE = (
    ("jobs", "due_at IS NOT NULL", "state"),
    ("alerts", "closed_at IS NULL", "kind"),
    ("callbacks", "closed_at IS NULL", "why"),
    (
        # Behind a text that was perhaps sent, the others to that number wait, and are looked at again and again.
        "messages",
        "direction='outbound' AND due_at IS NOT NULL AND NOT (state='queued' AND phone IN"
        " (SELECT phone FROM messages WHERE state IN ('sending','unknown')))",
        "state",
    ),
    ("calls", "due_at IS NOT NULL", "state"),
)


def overdue(world):
    """What is due, and nobody has looked."""
    before = as_stored(world.now - _TICK)
    skipped = set()
    if not world.house.lease.is_mine or world.elapsed - world.up_at < 45:
        skipped |= {"jobs", "alerts", "callbacks", "calls"}  # another process was there, and may still be
    if is_clock_back(world):
        skipped |= {"jobs", "alerts", "callbacks"}
    # Its rest ends by our clock, which may have been set back meanwhile.
    rests = _RESTS_SECONDS * (3 if world.clock_was_set_back else 1)
    is_resting = world.elapsed - world.trouble_at < rests or world.faults.is_down
    if is_resting:
        skipped |= {"messages", "calls"}
    if _is_busy(world):
        skipped.add("messages")  # they leave one after the other, as fast as the network takes them
    for table, condition, column in _OVERDUE:
        if table in skipped:
            continue
        row = world.raw.execute(
            f"SELECT id, {column}, due_at FROM {table} WHERE {condition} AND due_at < ? LIMIT 1", (before,)
        ).fetchone()
        if row is not None:
            yield f"{table} {row[0]} ({row[1]}) was due at {row[2]}, and it is {world.now:%H:%M:%S} now"


def _is_busy(world):
    """Is our number busy with what has left by it, and for no longer than it ever may be?"""
    until = world.raw.execute("SELECT busy_until FROM communities").fetchone()[0]
    return until is not None and as_stored(world.now) <= until <= as_stored(world.now + _LONGEST_BUSY)


def is_clock_back(world):
    """Does the clock show clearly less than the program has seen? Then nothing is timed by it."""
    newest = world.raw.execute("SELECT newest_at FROM installation").fetchone()
    return bool(newest and newest[0] and as_stored(world.now + timedelta(seconds=110)) < newest[0])


def settled(world):
    """At the end, when nothing has gone wrong for hours and everybody does what is asked."""
    raw = world.raw
    for table in ("messages", "calls"):
        query = f"SELECT id, state, cause FROM {table} WHERE direction='outbound' AND state IN ('queued','sending','unknown') AND due_at < ?"
        for id_, state, cause in raw.execute(query, (as_stored(world.now - _TICK),)).fetchall():
            yield "no silence", f"{table} {id_} ({cause}) is still {state}"
    for id_, state in raw.execute("SELECT id, state FROM calls WHERE state='live'").fetchall():
        yield "every call ends in an outcome", f"call {id_} is still {state}"
    for id_, state in raw.execute("SELECT id, state FROM jobs WHERE state IN ('waiting','offered','taken')").fetchall():
        yield "everything comes to an end", f"job {id_} is still {state}"
    for (id_,) in raw.execute("SELECT id FROM alerts WHERE kind='carrier_down' AND closed_at IS NULL").fetchall():
        yield "alerts close by themselves", f"alert {id_} says that the carrier is down"
    for path, sid, from_, _ in world.posts.unanswered:
        yield from _taken_up(world, path, sid, from_)


def _taken_up(world, path, sid, from_):
    """What reached the carrier while nobody listened is there once, as if it had arrived."""
    table, column = ("messages", "message_sid") if path == "/sms" else ("calls", "call_sid")
    count = world.raw.execute(f"SELECT count(*) FROM {table} WHERE {column}=?", (sid,)).fetchone()[0]
    if count != 1:
        yield "what came while we were down", f"{path} {sid} from {from_} is there {count} times"
