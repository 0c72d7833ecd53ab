"""A year of one community, written straight into a database: what pages are measured on, and pictures are taken of.

Call: PYTHONPATH=.:tests python -P -m a_year DATABASE-URL [DAYS]. The community must be there (scripts/run makes the demo).
"""

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.database import Database, open_engine
from models.jobs import Job, Offer
from models.kitchens import KitchenCount, kitchens_of
from models.menus import Dish, Menu
from models.people import Absence, Resident, Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.tasks import Alert, Callback
from models.traffic import Call, Message

MEALS, A_ROUND, ERRANDS, CALLS, TEXTS = 200, 8, 12, 300, 600
_FIRST_CODE = 1_000_000


def write_year(session: Session, community: Community, *, now: datetime, days: int = 365) -> None:
    """Every day up to yesterday: meals in rounds, errands, calls and texts, all of them over."""
    dice = random.Random(7)
    people = session.scalars(sa.select(Resident).where(Resident.community_id == community.id)).all()
    helpers = session.scalars(sa.select(Volunteer).where(Volunteer.community_id == community.id)).all()
    year = _Year(session, community, dice, [one.id for one in people], [one.id for one in helpers])
    today = community.local(now).date()
    for ago in range(days, 0, -1):
        year.write(today - timedelta(days=ago))
    session.execute(sa.update(Community).where(Community.id == community.id).values(next_code=year.code + 1))


class _Year:
    def __init__(
        self, session: Session, community: Community, dice: random.Random, people: list[int], helpers: list[int]
    ) -> None:
        self.session, self.community, self.dice, self.people, self.helpers = session, community, dice, people, helpers
        self.code = _FIRST_CODE
        self.lunch = min(community.meals, key=lambda meal: meal.serve_from)
        self.services = {service.code: service for service in community.services}
        self.zones = [zone.id for zone in community.zones]

    def write(self, day: date) -> None:
        """One day."""
        self._meals(day)
        self._errands(day)
        self._insert(Call, [self._call(day) for _ in range(CALLS)])
        self._insert(Message, [self._text(day) for _ in range(TEXTS)])
        if self.dice.random() < 0.3:
            self._tasks(day)

    def _meals(self, day: date) -> None:
        community = self.community
        cut, begins = community.at(day, self.lunch.cutoff), community.at(day, self.lunch.serve_from)
        menu = Menu(community_id=community.id, meal_id=self.lunch.id, date=day, closed_at=cut, is_planned_for=True)
        menu.dishes = [Dish(key="1", name="Fish"), Dish(key="2", name="Tofu")]
        self.session.add(menu)
        self.session.flush()
        kitchen = kitchens_of(self.session, community.id)[0]
        self.session.add(
            KitchenCount(menu_id=menu.id, kitchen_id=kitchen.id, version=1, at=cut, lines=[], heard_at=cut)
        )
        ends = community.at(day, self.lunch.serve_until)
        common = {"wanted_from": begins, "wanted_until": ends, "service": "meal", "menu_id": menu.id}
        for start in range(0, MEALS, A_ROUND):
            job = self._job("meal", begins, ends, cut)
            self._insert(
                HelpRequest,
                [
                    self._request(**common, job=job, placed_at=cut - timedelta(minutes=start), dish=menu.dishes[0].id)
                    for _ in range(A_ROUND)
                ],
            )

    def _errands(self, day: date) -> None:
        for _ in range(ERRANDS):
            code = self.dice.choice([code for code in self.services if code != "meal"])
            placed = self._moment(day, 8, 17)
            job = self._job(code, placed, placed + timedelta(hours=2), placed)
            row = {"wanted_from": placed, "wanted_until": placed + timedelta(hours=2), "placed_at": placed}
            self._insert(HelpRequest, [self._request(**row, service=code, job=job)])

    def _job(self, service: str, begins: datetime, ends: datetime, free_at: datetime) -> dict[str, Any]:
        is_unmet = self.dice.random() < 0.04
        self.code += 1
        values = {
            "community_id": self.community.id, "code": self.code, "service_id": self.services[service].id,
            "zone_id": self.dice.choice(self.zones), "wanted_from": begins, "wanted_until": ends,
            "state": "unmet" if is_unmet else "done", "closed_at": ends,
            "volunteer_id": None if is_unmet else self.dice.choice(self.helpers),
            "taken_at": None if is_unmet else free_at + timedelta(minutes=self.dice.expovariate(1 / 12)),
        }  # fmt: skip
        values["id"] = self.session.execute(sa.insert(Job).values(values).returning(Job.id)).scalar_one()
        self._insert(
            Offer,
            [
                {"job_id": values["id"], "volunteer_id": one, "made_at": free_at, "state": "no", "round": 0, "wave": 0,
                 "channel": "text"}
                for one in self.helpers[:3]
            ],
        )  # fmt: skip
        return values

    def _request(self, *, service: str, job: dict[str, Any], dish: int | None = None, **values: Any) -> dict[str, Any]:
        self.code += 1
        state = job["state"] if self.dice.random() < 0.94 else self.dice.choice(["cancelled", "not_home"])
        fate = "brought_back" if state == "not_home" and dish else None
        return {
            "community_id": self.community.id, "code": self.code, "resident_id": self.dice.choice(self.people),
            "service_id": self.services[service].id, "source": "voice", "state": state, "job_id": job["id"],
            "closed_at": values["wanted_until"], "dish_id": dish, "meal_fate": fate, "menu_id": None, **values,
        }  # fmt: skip

    def _call(self, day: date) -> dict[str, Any]:
        began = self._moment(day, 7, 20)
        is_ours = self.dice.random() < 0.3
        came = self.dice.choices(["ordered", "heard", "unfinished", "no_answer"], [60, 25, 8, 7])[0]
        self.code += 1
        return {
            "community_id": self.community.id, "direction": "outbound" if is_ours else "inbound",
            "phone": f"+86170{self.dice.randrange(10**8):08}", "state": "ended", "made_at": began, "started_at": began,
            "ended_at": began + timedelta(seconds=self.dice.randrange(20, 190)), "outcome": came, "says": [], "minutes": 2,
            "call_sid": f"CA{self.code:032}", "price": 0.014, "price_unit": "USD",
        }  # fmt: skip

    def _text(self, day: date) -> dict[str, Any]:
        at = self._moment(day, 7, 20)
        is_ours = self.dice.random() < 0.7
        self.code += 1
        return {
            "community_id": self.community.id, "direction": "outbound" if is_ours else "inbound",
            "phone": f"+86170{self.dice.randrange(10**8):08}", "state": "delivered" if is_ours else "received",
            "made_at": at, "says": [], "body": "A text of about so many letters as texts have.",
            "segments": self.dice.choice([1, 1, 2]), "message_sid": f"SM{self.code:032}", "price": 0.0079,
            "price_unit": "USD", "seen_at": at,
        }  # fmt: skip

    def _tasks(self, day: date) -> None:
        at = self._moment(day, 8, 20)
        over = {"community_id": self.community.id, "closed_at": at + timedelta(hours=1), "answer_by": at, "details": {}}
        self._insert(Alert, [{**over, "kind": "late", "about": f"job {self.code}", "raised_at": at}])
        self._insert(Callback, [{**over, "why": "unfinished", "opened_at": at, "phone": None}])
        who = self.dice.choice(self.people)
        self._insert(
            Absence, [{"resident_id": who, "kind": "away", "from_date": day, "until_date": day + timedelta(days=6)}]
        )

    def _moment(self, day: date, first: int, last: int) -> datetime:
        minutes = self.dice.randrange(first * 60, last * 60)
        return self.community.at(day, datetime.min.time()) + timedelta(minutes=minutes)

    def _insert(self, kind: Any, rows: list[dict[str, Any]]) -> None:
        self.session.execute(sa.insert(kind), rows)


def _main(arguments: list[str]) -> Iterator[str]:
    database = Database(open_engine(arguments[0]))
    began = time.monotonic()
    with database.begin() as session:
        community = session.scalars(sa.select(Community).order_by(Community.id)).first()
        assert community is not None
        days = int(arguments[1]) if len(arguments) > 1 else 365
        write_year(session, community, now=datetime.now(UTC), days=days)
    with database.read() as session:
        for kind in (HelpRequest, Job, Call, Message):
            yield f"{kind.__tablename__}: {session.scalar(sa.select(sa.func.count()).select_from(kind))}"
    yield f"{time.monotonic() - began:.0f} seconds"


if __name__ == "__main__":
    print("\n".join(_main(sys.argv[1:])))
