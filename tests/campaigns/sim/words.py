"""What leaves us, in texts, calls and answers: to whom, when, and with which words."""

# ruff: noqa: S608 - the names of our own tables

import json
from datetime import timedelta

from town import PUBLIC

from campaigns.sim import people
from campaigns.sim.due import as_stored
from voice.prompts import catalog, languages

_ANSWER = timedelta(minutes=30)
_PROMPTS = {"Ordered: ": "dish", "订好了：": "dish", "We are looking for somebody: ": "help"}
_PRACTISED = [catalog(tag).pattern("practised", "voice") for tag in languages()]


def leaving(world, asked):
    """What speaks against a text or call that we ask the carrier for."""
    row, to = asked.row, asked.to
    if row is None:
        yield "no ghosts", f"a {asked.kind[:-1]} to {to} that no row wants: {asked.body!r}"
        return
    world.counters.hit(f"asked for a {asked.kind[:-1]}")
    if to not in people.EVERYBODY and not _wrote_lately(world, to):
        yield "no ghosts", f"{to} is nobody's number"
    if asked.kind == "messages" and to in people.LANDLINES and to.startswith("+86"):
        yield "no text to a landline", f"{row['cause']} to {to}"
    yield from _may_leave(world, asked)
    yield from _private(world, to, asked.body if asked.kind == "messages" else "")
    yield from _still_true(world, asked)


def _may_leave(world, asked):
    row, to = asked.row, asked.to
    phone = world.raw.execute("SELECT opted_out_at, last_heard_at FROM phones WHERE number=?", (to,)).fetchone()
    opted_out, heard = phone or (None, None)
    is_alarm = asked.kind == "calls" and row["staff_id"] is not None and row["cause"].startswith("alert_")
    if opted_out is not None and not is_alarm:  # whoever is on duty is rung with alarms all the same
        yield "opt-out", f"{row['cause']} to {to}, who said STOP at {opted_out}"
    is_answer = heard is not None and heard >= as_stored(world.now - _ANSWER - timedelta(seconds=100))
    if world.is_quiet() and not row["may_wake"] and not is_answer:
        yield "quiet hours", f"{row['cause']} to {to}, last heard {heard}"


def _private(world, to, said):
    for address, _owner in people.ADDRESSES.items():
        if address in said and not _holds(world, to, address):
            yield "address only to the holder", f"{address} to {to}: {said!r}"
    for surname in people.SURNAMES:
        if surname in said and to not in people.STAFF:
            yield "surnames only to staff", f"{surname} to {to}: {said!r}"


def _holds(world, to, address):
    # A stop that was called off after the yes is told with the others, and then that it is called off.
    query = (
        "SELECT 1 FROM jobs j JOIN volunteers v ON v.id=j.volunteer_id JOIN events e ON e.job_id=j.id"
        " JOIN help_requests h ON h.id=e.request_id JOIN residents r ON r.id=h.resident_id"
        " WHERE v.phone=? AND r.address=? AND j.state='taken'"
    )
    return world.raw.execute(query, (to, address)).fetchone() is not None


def _still_true(world, asked):
    """An offer leaves only while the job is offered; "yours" only to the holder; "ordered" only if it is."""
    row = asked.row
    if row["cause"] in ("offer", "offer_round"):
        state = world.raw.execute(
            "SELECT j.state, o.state FROM offers o JOIN jobs j ON j.id=o.job_id WHERE o.id=?", (row["offer_id"],)
        ).fetchone()
        if state != ("offered", "open"):
            yield "no offer after taken", f"an offer of job {row['job_id']} leaves to {asked.to}; it is {state}"
    # The answer to the code of a job is about no row: it says what was so when she asked.
    if row["cause"] in ("job_yours", "stop", "nudge") and row["job_id"] is not None:
        holder = world.raw.execute(
            "SELECT v.phone FROM jobs j JOIN volunteers v ON v.id=j.volunteer_id WHERE j.id=? AND j.state='taken'",
            (row["job_id"],),
        ).fetchone()
        if holder is None or holder[0] != asked.to:
            yield "one holder", f"job {row['job_id']} is said to be {asked.to}'s; it is {holder}"
    for prompt, said in json.loads(row["says"]):
        if prompt in ("ordered", "ordered_many"):
            yield from _is_stored(world, asked.to, said["dish"])


def _is_stored(world, phone, dish):
    query = (
        "SELECT 1 FROM help_requests h JOIN residents r ON r.id=h.resident_id LEFT JOIN dishes d ON d.id=h.dish_id"
        " WHERE d.name=?2 AND (?1 IN (r.phone, r.other_phone)"
        "  OR EXISTS (SELECT 1 FROM contacts c WHERE c.resident_id=r.id AND c.phone=?1))"
    )
    changed = "SELECT 1 FROM events WHERE verb='change' AND why LIKE ?"
    if world.raw.execute(query, (phone, dish)).fetchone() or world.raw.execute(changed, (f"{dish} → %",)).fetchone():
        return
    yield "said = stored", f"{phone} is told that {dish} is ordered"


def _wrote_lately(world, number):
    query = "SELECT 1 FROM messages WHERE direction='inbound' AND phone=?"
    return world.raw.execute(query, (number,)).fetchone() is not None


# --- answers to the carrier ----------------------------------------------------------------------------------------


def answered(world, url, params, status, body):
    """What speaks against an answer to a post."""
    path = url.removeprefix(PUBLIC).split("#")[0].split("?")[0]
    if status >= 500:
        yield "no 5xx", f"{path} answered {status}"
    elif status >= 400:
        yield "no refusal of a signed post", f"{path} answered {status}"
    if status != 200:
        return
    if path == "/sms":
        yield from _one_row(world, "messages", "message_sid", params["MessageSid"], path)
    elif path == "/voice":
        yield from _one_row(world, "calls", "call_sid", params["CallSid"], path)
    if path.startswith(("/voice/turn", "/voice/placed")) or path == "/voice":
        yield from _spoken(world, params, body)


def _one_row(world, table, column, sid, path):
    count = world.raw.execute(f"SELECT count(*) FROM {table} WHERE {column}=?", (sid,)).fetchone()[0]
    if count != 1:
        yield "none lost", f"{path} {sid} was answered, and is there {count} times"


def _talk_of(world, sid):
    """Where that call rests, as JSON."""
    row = world.raw.execute("SELECT talk FROM calls WHERE call_sid=?", (sid,)).fetchone()
    return (row and row[0]) or ""


def _spoken(world, params, body):
    sid, is_inbound = params["CallSid"], params.get("Direction") == "inbound"
    if is_inbound:
        for canary in (*people.ADDRESSES, *people.SURNAMES, *people.DIETS):
            if canary in body:
                yield "number is not identity", f"{canary} is said to whoever calls from {params['From']}"
    else:
        yield from _private(world, params["To"], body)
    if '"is_practice": true' in _talk_of(world, sid):
        if any(words in body for words in _PROMPTS) and not any(words in body for words in _PRACTISED):
            yield "practice says so", f"a caller who practises hears {body}"
        return
    for words, kind in _PROMPTS.items():
        if words in body:
            is_there = world.raw.execute(
                "SELECT d.name FROM help_requests h LEFT JOIN dishes d ON d.id=h.dish_id WHERE h.source_key LIKE ?",
                (f"call {sid} %",),
            ).fetchall()
            if not is_there or (kind == "dish" and not any(name and name in body for (name,) in is_there)):
                yield "said = stored", f"a caller hears {words!r} in call {sid}; there is {is_there}"
            else:
                world.counters.hit("ordered by call" if kind == "dish" else "help asked by call")
