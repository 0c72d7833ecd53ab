"""What must be true of the rows, whenever nothing is going on: each check yields what is wrong, in plain queries."""

# ruff: noqa: S608 - the names of our own tables

import re

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def _rows(world, query, *values):
    return world.raw.execute(query, values).fetchall()


def invented(world):
    """Every request came from a post of the carrier, from staff, or from a standing order; one post makes one request."""
    texts, calls = world.plant.ledger.messages, world.plant.ledger.calls
    for id_, source, key in _rows(world, "SELECT id, source, source_key FROM help_requests"):
        word, _, rest = (key or "").partition(" ")
        known = {
            "sms": lambda rest=rest: (m := texts.get(rest)) is not None and m.direction == "inbound",
            "call": lambda rest=rest: calls.get(rest.split(" ")[0]) is not None,
            "standing": lambda source=source: source == "standing",
            "": lambda source=source: source == "staff",
        }.get(word)
        if known is None or not known():
            yield f"request {id_} comes from nowhere: {source} {key!r}"


def inbound_once(world):
    """A text that came in is one row."""
    query = (
        "SELECT message_sid, count(*) FROM messages WHERE direction='inbound' GROUP BY message_sid HAVING count(*) > 1"
    )
    for sid, count in _rows(world, query):
        yield f"the text {sid} is there {count} times"


def one_holder(world):
    """At most one yes stands for each job and round, and it is the holder's."""
    query = "SELECT job_id, round, count(*) FROM offers WHERE state='yes' GROUP BY job_id, round HAVING count(*) > 1"
    for job_id, round_, count in _rows(world, query):
        yield f"job {job_id} has {count} holders in round {round_}"
    query = (
        "SELECT j.id FROM jobs j WHERE j.state='taken' AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.job_id=j.id"
        " AND o.state='yes' AND o.volunteer_id=j.volunteer_id)"
    )
    for (job_id,) in _rows(world, query):
        yield f"the holder of job {job_id} never said yes"


def open_offers(world):
    """Only a job that is being offered has open offers."""
    query = "SELECT o.id, j.id, j.state FROM offers o JOIN jobs j ON j.id=o.job_id WHERE o.state='open' AND j.state<>'offered'"
    for offer, job, state in _rows(world, query):
        yield f"offer {offer} is open though job {job} is {state}"


def carried(world):
    """An open request is pooled for a menu that is still to be closed, or a stop of an open job; an open job has one."""
    query = (
        "SELECT r.id, r.state, j.id, j.state FROM help_requests r LEFT JOIN jobs j ON j.id=r.job_id"
        " WHERE r.state IN ('waiting','offered','taken','stuck') AND (j.id IS NULL OR j.state <> r.state)"
    )
    for id_, state, job, job_state in _rows(world, query):
        yield f"request {id_} is {state}, its job {job} is {job_state}"
    query = (
        "SELECT j.id, j.state FROM jobs j WHERE j.state IN ('waiting','offered','taken','stuck') AND NOT EXISTS"
        " (SELECT 1 FROM help_requests r WHERE r.job_id=j.id AND r.closed_at IS NULL)"
    )
    for id_, state in _rows(world, query):
        yield f"job {id_} is {state} and has nothing left to do"
    query = "SELECT r.id FROM help_requests r JOIN menus m ON m.id=r.menu_id WHERE r.state='pooled' AND m.closed_at IS NOT NULL"
    for (id_,) in _rows(world, query):
        yield f"request {id_} waits for a menu that is closed"


def watched(world):
    """What is open has a next moment, and it is not out of sight."""
    for table in ("help_requests", "jobs"):
        query = f"SELECT id, state FROM {table} WHERE closed_at IS NULL AND due_at IS NULL"
        for id_, state in _rows(world, query):
            yield f"{table} {id_} is {state} and nobody will ever look"
    query = (
        "SELECT id, state, due_at FROM jobs WHERE (state IN ('waiting','offered') AND julianday(due_at) - julianday(?) > 1)"
        " OR (state='stuck' AND julianday(due_at) - julianday(?) > 0.06)"
        " OR (state='taken' AND julianday(due_at) - max(julianday(?), julianday(wanted_from)) > 0.2)"
    )
    now = world.now.strftime("%Y-%m-%d %H:%M:%S")
    # A clock that is set back makes every moment look far; then only what is due is judged.
    if world.clock_was_set_back:
        return
    for id_, state, due_at in _rows(world, query, now, now, now):
        yield f"job {id_} is {state} and nobody looks before {due_at}"


def alarmed(world):
    """Nobody found: staff know."""
    query = (
        "SELECT j.id FROM jobs j WHERE j.state='stuck' AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.kind='nobody_found'"
        " AND a.about='job '||j.id AND a.closed_at IS NULL)"
    )
    for (id_,) in _rows(world, query):
        yield f"nobody is found for job {id_}, and no alert says so"
    for id_, kind in _rows(world, "SELECT id, kind FROM alerts WHERE closed_at IS NULL AND (due_at IS NULL OR told=0)"):
        yield f"alert {id_} ({kind}) is nobody's"
    query = (
        "SELECT e.request_id FROM events e WHERE e.verb IN ('miss') AND e.request_id IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM alerts a WHERE a.kind='not_home' AND a.about='request '||e.request_id)"
    )
    for (id_,) in _rows(world, query):
        yield f"nobody was at home for request {id_}, and no alert says so"


def calls_have_an_outcome(world):
    """A call that is over came to something; what was left half way is somebody's task."""
    query = "SELECT id, phone, outcome, direction FROM calls WHERE state='ended' AND (outcome IS NULL OR due_at IS NOT NULL)"
    for id_, _, outcome, direction in _rows(world, query):
        yield f"the {direction} call {id_} is over: outcome {outcome}"
    query = (
        "SELECT c.id, c.phone FROM calls c WHERE c.direction='inbound' AND c.state='ended' AND c.outcome='unfinished'"
        " AND NOT EXISTS (SELECT 1 FROM callbacks b WHERE b.call_id=c.id OR b.phone=c.phone)"
        " AND NOT EXISTS (SELECT 1 FROM calls b WHERE b.cause='missed_you' AND b.phone=c.phone)"
        " AND NOT EXISTS (SELECT 1 FROM calls b WHERE b.direction='inbound' AND b.phone=c.phone AND b.made_at > c.made_at"
        "  AND b.outcome IS NOT NULL AND b.outcome <> 'unfinished')"
    )
    for id_, phone in _rows(world, query):
        yield f"call {id_} from {phone} ended half way, and nobody rings back"
    for (id_,) in _rows(world, "SELECT id FROM calls WHERE state='live' AND due_at IS NULL"):
        yield f"call {id_} goes on for ever"


def texts_have_an_outcome(world):
    """What somebody wrote to us came to something."""
    for id_, body in _rows(world, "SELECT id, body FROM messages WHERE direction='inbound' AND cause=''"):
        yield f"the text {id_} {body!r} came to nothing"


def said_what_is_stored(world):
    """What our rows say of a text is what the carrier knows of it."""
    book = world.plant.ledger.messages
    query = "SELECT id, state, message_sid, phone, body, cause FROM messages WHERE direction='outbound'"
    for id_, state, sid, phone, body, cause in _rows(world, query):
        if state in ("sent", "delivered") and sid is None:
            yield f"text {id_} ({cause}) counts as {state}, and the carrier never gave it a number"
        record = book.get(sid) if sid else None
        if sid and record is None:
            yield f"text {id_} has a number that the carrier does not know"
        elif record is not None and (record.to, record.body) != (phone, body):
            yield f"text {id_} is taken for another: {record.body!r} to {record.to}"
        elif record is not None and (record.sid not in world.ledger.sids.get(("messages", id_), ())):
            yield f"text {id_} is taken for one that another row sent"
        elif record is not None and state == "delivered" and record.status != "delivered":
            yield f"text {id_} counts as delivered; the carrier says {record.status}"


def codes_are_unique(world):
    """A number said to somebody means one thing for ever."""
    query = (
        "SELECT j.code FROM jobs j JOIN help_requests r ON r.code=j.code AND r.community_id=j.community_id"
        " WHERE r.job_id IS NULL OR (r.job_id<>j.id AND (SELECT count(*) FROM help_requests x WHERE x.job_id=j.id) > 0"
        " AND NOT EXISTS (SELECT 1 FROM help_requests x WHERE x.job_id=j.id AND x.id=r.id) AND j.id <> (SELECT min(k.id)"
        " FROM jobs k WHERE k.code=j.code))"
    )
    for (code,) in _rows(world, query):
        yield f"number {code} means two things"


CHECKS = (
    ("none invented", invented),
    ("inbound once", inbound_once),
    ("one holder", one_holder),
    ("no offer after taken", open_offers),
    ("no forgotten request", carried),
    ("no forgotten request", watched),
    ("escalation", alarmed),
    ("every call ends in an outcome", calls_have_an_outcome),
    ("every text ends in an outcome", texts_have_an_outcome),
    ("no silence", said_what_is_stored),
    ("numbers are unique", codes_are_unique),
)
