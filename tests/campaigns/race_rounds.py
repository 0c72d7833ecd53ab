"""One round of a race: a job that many say yes to in the same instant, or a lunch that is ordered from all sides.

A round is set up alone, run by threads that wait for each other, looked at, and taken away again, so that the ten
thousandth finds the same town as the first.
"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import sqlalchemy as sa
from town import DUTY, LINE, ROSE

from campaigns.signed_posts import ACCOUNT, post
from dispatch import taking
from dispatch.asking import place_help
from dispatch.rounds import close_menu
from dispatch.watch import watch_once
from models.base import Base
from models.jobs import Job, Offer
from models.menus import Menu
from models.people import Resident, Volunteer
from models.places import Service
from models.requests import Source
from models.traffic import Message

MOST = 50
ADDRESS = "5 Elm Street, third door"
# What a round leaves behind, in an order in which it can be taken away.
_ROUNDS = {
    "answered_turns", "messages", "calls", "events", "alerts", "callbacks", "offers", "help_requests", "jobs", "threads",
    "dishes", "menus",
}  # fmt: skip
_LEFT_BEHIND = [table for table in reversed(Base.metadata.sorted_tables) if table.name in _ROUNDS]
_WORDS = ("1", "1", "1", "ok", "YES", "1 {code}")


@dataclass
class Seen:
    """What one round was, and what it came to."""

    words: str
    answers: list = field(default_factory=list)  # (what was done, by which number, the carrier's answer)
    broken: list = field(default_factory=list)  # errors that reached a thread
    job_id: int | None = None
    said_yes: dict = field(default_factory=dict)  # number → the answers to its yes
    is_over: bool = False  # did anything in it end the job?


class Field:
    """A town with fifty volunteers, and fifty threads that can start at once."""

    def __init__(self, town, seed):
        self.town, self.chance = town, random.Random(seed)
        self.sids = count(1)
        self.threads = ThreadPoolExecutor(MOST * 2 + 8)
        town.resident("Rose Canary", ROSE, address=ADDRESS)
        town.staff("Dora", DUTY)
        self.numbers = [f"+1212555{3000 + n}" for n in range(MOST)]
        for n, number in enumerate(self.numbers):
            town.volunteer(f"Helper{n} Surname{n}", number, max_per_day=1000)
        with town.database.begin() as session:
            session.execute(sa.update(Service).values(wave_size=MOST))
            self.service_id = session.scalars(sa.select(Service.id).where(Service.code == "errand")).one()
            self.meal_service_id = session.scalars(sa.select(Service.id).where(Service.code == "meal")).one()

    def close(self):
        """End the threads."""
        self.threads.shutdown()

    def clear(self):
        """Take away what the round left behind."""
        with self.town.database.begin() as session:
            for table in _LEFT_BEHIND:
                session.execute(sa.delete(table))

    def at_once(self, seen, deeds):
        """Do them all, as much in the same instant as threads can. Each deed is (what, number, call)."""
        self.chance.shuffle(deeds)
        gate = threading.Barrier(len(deeds))

        def run(what, number, call):
            gate.wait()
            return what, number, call()

        for future in [self.threads.submit(run, *deed) for deed in deeds]:
            try:
                seen.answers.append(future.result())
            except Exception as error:  # whatever it is, the round says so
                seen.broken.append(f"{type(error).__name__}: {error}")

    # --- the carrier ------------------------------------------------------------------------------------------------

    def text(self, number, body, sid=None):
        """Somebody writes a text."""
        return self._post("/sms", "MessageSid", sid or self.sid("SM"), number, ("Body", body))

    def ring(self, number, sid):
        """Somebody rings the line."""
        return self._post("/voice", "CallSid", sid, number, ("CallStatus", "ringing"))

    def key(self, number, sid, turn, key):
        """Somebody presses a key."""
        return self._post(f"/voice/turn/{turn}", "CallSid", sid, number, ("Digits", key))

    def sid(self, kind):
        """One that was never used."""
        return f"{kind}{next(self.sids):032x}"

    def _post(self, path, name, sid, number, what):
        return post(self.town.app, path, [(name, sid), ("AccountSid", ACCOUNT), ("From", number), ("To", LINE), what])


# --- a job --------------------------------------------------------------------------------------------------------


def a_job_is_offered(field, asked):
    """One errand, offered to so many; most of the offers have left. Returns the job's id, code and who was asked."""
    town, now = field.town, field.town.now
    with town.database.begin() as session:
        session.execute(sa.update(Service).where(Service.id == field.service_id).values(wave_size=asked))
        request = place_help(
            session, session.scalars(sa.select(Resident)).one(), session.get_one(Service, field.service_id),
            wanted_from=now, wanted_until=now + timedelta(hours=4), source=Source.STAFF, who="staff 1", now=now,
        )  # fmt: skip
        job_id, code = request.job_id, request.job.code
    watch_once(town.database, now=now)
    with town.database.begin() as session:
        offers = session.execute(
            sa.select(Offer.id, Volunteer.phone).join(Volunteer).where(Offer.job_id == job_id)
        ).all()
        left = [offer.id for offer in offers if field.chance.random() < 0.9]
        session.execute(
            sa.update(Message).where(Message.offer_id.in_(left)).values(state="sent", attempts=1, due_at=None)
        )
    return job_id, code, [offer.phone for offer in offers]


def yes_round(field, most):
    """2 to `most` say yes to one job at once; some no, twice, by call; staff, the resident and the watch come between."""
    chance = field.chance
    asked = round(2 * (most / 2) ** chance.random())  # a few more often than many: that is where orders differ most
    job_id, code, numbers = a_job_is_offered(field, asked)
    seen = Seen(f"{asked} were asked", job_id=job_id)
    deeds = [deed for number in numbers for deed in _answers(field, seen, number, code)]
    deeds += [deed for make, share in _BETWEEN if chance.random() < share for deed in make(field, seen)]
    field.at_once(seen, deeds)
    if chance.random() < 0.3:
        _given_back_and_taken(field, seen, code)
    return seen


def _answers(field, seen, number, code):
    """What one volunteer does: yes by text, sometimes delivered twice; yes by call; or no."""
    throw = field.chance.random()
    if throw < 0.15:
        return [("no", number, lambda: field.text(number, "2"))]
    if throw < 0.3:
        sid = field.sid("CA")
        field.ring(number, sid)
        return [("yes", number, lambda: field.key(number, sid, 1, "1"))]
    body, sid = field.chance.choice(_WORDS).format(code=code), field.sid("SM")
    times = 2 if field.chance.random() < 0.1 else 1
    return [("yes", number, lambda: field.text(number, body, sid))] * times


def _staff_assign(field, seen):
    number = field.chance.choice(field.numbers)

    def assign():
        with field.town.database.begin() as session:
            who = session.scalars(sa.select(Volunteer).where(Volunteer.phone == number)).one()
            taking.assign(session, session.get_one(Job, seen.job_id), who, who="staff 1", now=field.town.now)

    return [("assign", number, lambda: _or_refused(assign))]


def _resident_cancels(field, seen):
    seen.is_over = True
    field.text(ROSE, "3")
    field.text(ROSE, "3")
    return [("cancel", ROSE, lambda: field.text(ROSE, "1"))]


def _watch_looks(field, seen):
    """The offers have just run out: whoever is not heard by then is asked no more."""
    now = field.town.now
    with field.town.database.begin() as session:
        session.execute(sa.update(Job).where(Job.id == seen.job_id).values(due_at=now))
    return [("watch", "", lambda: watch_once(field.town.database, now=now))] * field.chance.choice((1, 2))


_BETWEEN = ((_staff_assign, 0.2), (_resident_cancels, 0.2), (_watch_looks, 0.3))


def _given_back_and_taken(field, seen, code):
    """Whoever has it gives it back while the others say yes once more."""
    with field.town.database.read() as session:
        job = session.get_one(Job, seen.job_id)
        holder = job.volunteer.phone if job.volunteer else None
    if holder is None:
        return
    others = field.chance.sample(sorted(set(seen_yes(seen)) - {holder}), k=min(5, len(set(seen_yes(seen)) - {holder})))
    deeds = [("back", holder, lambda: field.text(holder, "4"))]
    field.at_once(seen, deeds + [("yes", n, lambda n=n: field.text(n, f"1 {code}")) for n in others])


def seen_yes(seen):
    """The numbers that said yes."""
    return [number for what, number, _ in seen.answers if what == "yes"]


def _or_refused(deed):
    from models.errors import Refusal

    try:
        deed()
    except Refusal as refusal:
        return refusal.reason
    return "done"


# --- a lunch ------------------------------------------------------------------------------------------------------


def lunch_round(field, most):
    """One resident orders from one menu by several telephones at once, while the kitchen closes it."""
    menu_id = field.town.menu("Soup", "Noodles")
    calls = [field.sid("CA") for _ in range(field.chance.randint(2, min(most, 6)))]
    seen = Seen(f"{len(calls)} calls for one lunch")
    for sid in calls:
        field.ring(ROSE, sid)
    deeds = [("key", sid, lambda sid=sid: field.key(ROSE, sid, 1, "1")) for sid in calls]
    deeds += [deeds[0]] if field.chance.random() < 0.3 else []
    deeds += [("text", ROSE, lambda: field.text(ROSE, "1"))] if field.chance.random() < 0.5 else []
    if field.chance.random() < 0.6:
        deeds += [("close", "", lambda: _close(field, menu_id))] * field.chance.choice((1, 2))
    field.at_once(seen, deeds)
    return seen


def _close(field, menu_id):
    with field.town.database.begin() as session:
        close_menu(session, session.get_one(Menu, menu_id), who="staff 1", now=field.town.now)
    return "closed"
