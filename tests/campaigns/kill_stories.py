"""The small stories that are lived through while the house is killed, and what must be true of each at its end."""

import re
from collections import Counter

from campaigns.hamlet import ANNA, KARL, LEE, ROSE, SAM, People
from campaigns.ledger import sent_once
from campaigns.trial import Fault
from models.storage import sqlite_module

PEOPLE = People(
    residents={ROSE: "Rose Miller", KARL: "Karl Young", ANNA: "Anna Bauer"},
    volunteers={SAM: "Sam Lee", LEE: "Lee Wong"},
    rung=(LEE,),
)


def lunch_by_text(trial):
    """One text, one order, one answer."""
    trial.text(ROSE, "1", orders=True)


def lunch_by_call(trial):
    """One call, one key, one order."""
    trial.order_by_call(KARL, "1")


def lunches_of_two(trial):
    """Two people order, one by text and one by call, and one of them again by mistake."""
    trial.text(ROSE, "1", orders=True)
    trial.order_by_call(KARL, "1")


def an_errand_by_text(trial):
    """An errand is asked for in four texts, offered to a volunteer by text, taken and done."""
    _ask_for_bread(trial)
    trial.wait_for_text(SAM, "Can you?")
    trial.text(SAM, "1")
    trial.wait_for_text(SAM, "Anna Bauer's house")
    trial.wait_for_text(ANNA, "Sam")
    trial.text(SAM, "3")


def an_errand_by_call(trial):
    """The first volunteer says no; the second has no texts, is rung, and takes it by a key."""
    _ask_for_bread(trial)
    trial.wait_for_text(SAM, "Can you?")
    trial.text(SAM, "2")
    trial.answer_our_call(LEE, "1")
    trial.wait_for_text(ANNA, "Lee")


def _ask_for_bread(trial):
    for body in ("2", "1", "1"):
        trial.text(ANNA, body)
    trial.text(ANNA, "bread", orders=True)


STORIES = (lunch_by_text, lunch_by_call, lunches_of_two, an_errand_by_text, an_errand_by_call)


def verdict(trial, file, reference=None):
    """What the database and the carrier's ledger hold at the end: (faults, a summary to compare others with)."""
    connection = sqlite_module().connect(str(file))
    try:
        faults = _faults(connection, trial)
        summary = _summary(connection)
    finally:
        connection.close()
    if reference is not None and summary != reference:
        faults.append(f"another end than without a kill: {_difference(summary, reference)}")
    return faults, summary


def _faults(connection, trial):
    faults = []
    checked = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if checked != ["ok"]:
        faults.append(f"corrupt: {checked[:3]}")
    stored = [re.sub(r"^(call \S+) \d+$", r"\1", row[0]) for row in connection.execute(
        "SELECT source_key FROM help_requests")]  # fmt: skip
    for key in trial.ordered:
        if stored.count(key) != 1:
            faults.append(f"{'lost' if key not in stored else 'doubled'}: {key}")
    return faults + sent_once(connection, trial.ledger, is_all_told=True)


def _summary(connection):
    """What came of everything, in words that are the same however often it was interrupted."""
    asked = {
        "requests": "SELECT r.phone, q.state, q.source, q.portions, q.note FROM help_requests q JOIN residents r ON r.id = q.resident_id",
        "jobs": "SELECT j.state, v.phone FROM jobs j LEFT JOIN volunteers v ON v.id = j.volunteer_id",
        "offers": "SELECT o.state, v.phone FROM offers o JOIN volunteers v ON v.id = o.volunteer_id",
        "texts": "SELECT phone, direction, cause FROM messages",
        "calls": "SELECT phone, direction, cause, outcome FROM calls",
        "callbacks": "SELECT phone, why FROM callbacks",
        "alerts": "SELECT kind FROM alerts",
    }
    return {name: Counter(map(tuple, connection.execute(query))) for name, query in asked.items()}


def _difference(summary, reference):
    return {
        name: {"more": dict(summary[name] - reference[name]), "less": dict(reference[name] - summary[name])}
        for name in summary
        if summary[name] != reference[name]
    }


def expect_clean(faults):
    """Raises Fault: the story itself must be in order before anybody is killed."""
    if faults:
        raise Fault("; ".join(faults))
