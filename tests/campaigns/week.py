"""A week of meals with the lists of an office: standing orders for everybody, from the first cut-off to the last plate.

The real program with the simulated carrier and a clock turned by hand. Volunteers say yes or no, now and then somebody is
not at home, somebody leaves a meal out, somebody goes to hospital. Day by day: what was ordered, cooked and eaten; at the
end every meal has one fate, and what the kitchen was told last is what was cooked.
"""

import argparse
import random
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from town import Town

from dispatch.eaten import menus_between, together
from dispatch.enrolment import set_absence
from dispatch.lists.importing import import_list
from dispatch.lists.reading import read_table
from dispatch.working import finish_job
from models.fates import Fate
from models.jobs import Job, Offer, OfferState
from models.kitchens import last_counts
from models.lifecycle import OPEN, State
from models.menus import Menu, StandingOrder, first_suitable
from models.people import AbsenceKind, Resident, Volunteer
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Direction, Message

_LISTS = Path(__file__).parent.parent / "lists"
_COOK = "+8617000009901"
_STEP = timedelta(minutes=10)


def main(arguments):
    """Run it and print the week; 1 when something does not add up."""
    parser = argparse.ArgumentParser(prog="scripts/soak week", description=__doc__.split("\n")[0])
    parser.add_argument("--residents", type=Path, default=_LISTS / "residents-gb18030.csv")
    parser.add_argument("--volunteers", type=Path, help="without it a few are invented")
    parser.add_argument("--menu", type=Path, default=_LISTS / "menu.csv")
    parser.add_argument("--monday", default="2026-11-23", help="the first day, YYYY-MM-DD")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        week = Week(folder, args)
        week.live()
        week.tell()
        wrong = week.wrong()
    print("\n".join(wrong) or "every meal has one fate, and what was told was cooked")
    return 1 if wrong else 0


class Week:
    """A community of these lists, and what its people do."""

    def __init__(self, folder, args):
        self.luck, self.days = random.Random(args.seed), args.days
        self.monday = datetime.fromisoformat(args.monday).replace(tzinfo=UTC) - timedelta(hours=8)  # midnight there
        self.town = Town(folder, now=self.monday - timedelta(hours=12), line="+861055558000", timezone="Asia/Shanghai",
                         language="zh-CN", zones=("一",))  # fmt: skip
        self._take_in("residents", args.residents, create_zones=True, enrolled=True)
        if args.volunteers:
            self._take_in("volunteers", args.volunteers, create_zones=True, enrolled=True)
        self._take_in("menu", args.menu)
        self._move_in(invents=args.volunteers is None)
        self.cook = self.town.kitchen("食堂", _COOK)

    def _take_in(self, kind, path, **how):
        with self.town.database.begin() as session:
            community = session.get_one(Community, self.town.community_id)
            came = import_list(session, community, kind, read_table(path.read_bytes(), kind), now=self.town.now, **how)
            assert not came.faults, f"{path}: {came.faults}"

    def _move_in(self, *, invents):
        """Everybody has a standing order; whoever is invented carries meals."""
        with self.town.database.begin() as session:
            community = session.get_one(Community, self.town.community_id)
            lunch, dinner = (
                next(meal for meal in community.meals if meal.code == code) for code in ("lunch", "dinner")
            )
            for resident in session.scalars(select(Resident).order_by(Resident.id)).all():
                for meal in (lunch, dinner) if self.luck.random() < 0.3 else (lunch,):
                    days = [] if self.luck.random() < 0.5 else ["mon", "tue", "wed", "thu", "fri"]
                    session.add(StandingOrder(community_id=community.id, resident_id=resident.id, meal_id=meal.id,
                                              days=days, portions=1))  # fmt: skip
            for number in range(8 if invents else 0):
                helper = Volunteer(community_id=community.id, name=f"志愿者{number}", phone=f"+86170000098{number:02d}",
                                   language="zh-CN", days=[], max_per_day=4)  # fmt: skip
                helper.zones, helper.services = list(community.zones), list(community.services)
                session.add(helper)
            session.flush()
            for helper in session.scalars(select(Volunteer)):
                helper.enrolled_at = helper.enrolled_at or self.town.now

    def live(self):
        """From the evening before until the night after."""
        until = self.monday + timedelta(days=self.days)
        while self.town.now < until:
            self.town.wait(minutes=_STEP / timedelta(minutes=1))
            local = (self.town.now + timedelta(hours=8)).time()
            if local.hour == 9 and local.minute < 10:
                self._change_their_minds()
            if 7 <= local.hour < 21:
                self._answer_offers()
                self._finish()
                self._carry_themselves()

    def _change_their_minds(self):
        """One in twenty leaves today's lunch out by text; one in two hundred goes to hospital."""
        with self.town.database.read() as session:
            people = [(one.id, one.phone) for one in session.scalars(select(Resident).order_by(Resident.id))]
        for id_, phone in people:
            chance = self.luck.random()
            if chance < 0.05 and phone.startswith("+8617"):
                self.town.telephone(phone).text("今天不要午餐")
            elif chance > 0.995:
                self._to_hospital(id_)

    def _to_hospital(self, id_):
        with self.town.database.begin() as session:
            resident = session.get_one(Resident, id_)
            today = resident.community.local(self.town.now).date()
            set_absence(session, resident, kind=AbsenceKind.HOSPITAL, from_date=today,
                        until_date=today + timedelta(days=2), who="staff 1", now=self.town.now)  # fmt: skip

    def _answer_offers(self):
        with self.town.database.read() as session:
            asked = session.scalars(select(Offer).where(Offer.state == OfferState.OPEN).order_by(Offer.id)).all()
            numbers = [(one.volunteer.phone, one.job.code) for one in asked]
        for phone, code in numbers:
            telephone, says_yes = self.town.telephone(phone), self.luck.random() < 0.6
            if telephone.state == "ringing":
                telephone.answer()
                telephone.press("1" if says_yes else "2")
            elif phone.startswith("+8617"):
                telephone.text(f"{'1' if says_yes else '2'} {code}")

    def _finish(self):
        """Whose time is nearly over has been everywhere; now and then somebody was not at home."""
        with self.town.database.read() as session:
            carried = session.scalars(select(HelpRequest).where(HelpRequest.state == State.TAKEN)).all()
            jobs = {
                meal.job for meal in carried if meal.job and self.town.now >= meal.wanted_until - timedelta(minutes=20)
            }
            done = [(job.volunteer.phone, job.code, len(job.stops)) for job in sorted(jobs, key=lambda job: job.id)]
        for phone, code, stops in done:
            telephone = self.town.telephone(phone)
            if stops == 1 and self.luck.random() < 0.1:
                telephone.text(f"5 {code}")
            else:
                telephone.text(f"3 {code}")

    def _carry_themselves(self):
        """What nobody takes staff carry, when it can wait no longer."""
        with self.town.database.begin() as session:
            stuck = session.scalars(select(Job).where(Job.state == State.STUCK).order_by(Job.id)).all()
            for job in stuck:
                if self.town.now >= job.wanted_until - timedelta(minutes=20):
                    finish_job(session, job, who="staff 1", now=self.town.now)
        self.town.settle()

    def tell(self):
        """The week as a table."""
        with self.town.database.read() as session:
            days = menus_between(session, self.town.community_id, self._first, self._last)
            print("date        meal    ordered  called off  cooked  delivered  on time  not handed over")
            for menu, one in days:
                print(f"{menu.date}  {menu.meal.code:7} {self._row(one)}")
            print(f"together            {self._row(together(one for _, one in days))}")
            texts = session.scalars(select(Message)).all()
            ways = Counter(text.direction for text in texts)
            print(f"texts in {ways[Direction.INBOUND]}, out {ways[Direction.OUTBOUND]}; of these to the kitchen"
                  f" {sum(bool(text.kitchen_id) for text in texts)}")  # fmt: skip

    def _row(self, one):
        lost = one.cooked - one.received - one.fates.get(Fate.COOKED, 0)
        return (f"{one.ordered:7}  {one.fates.get(Fate.CANCELLED, 0):10}  {one.cooked:6}"
                f"  {one.fates.get(Fate.DELIVERED, 0):9}  {one.on_time:7}  {lost:15}")  # fmt: skip

    @property
    def _first(self):
        return (self.monday + timedelta(hours=8)).date()

    @property
    def _last(self):
        return self._first + timedelta(days=self.days - 1)

    def wrong(self):
        """What does not add up, in words."""
        return [*self._not_added_up(), *self._doubled(), *self._forgotten()]

    def _not_added_up(self):
        with self.town.database.read() as session:
            for menu, one in menus_between(session, self.town.community_id, self._first, self._last):
                if one.cooked != one.ordered - one.fates.get(Fate.CANCELLED, 0):
                    yield f"{menu.date} {menu.meal.code}: {one.cooked} cooked of {one.ordered}: {one.fates}"
                told = sum(row.portions for row in last_counts(session, menu.id).values())
                if told != one.cooked:
                    yield f"{menu.date} {menu.meal.code}: the kitchen was told {told}, cooked are {one.cooked}"

    def _doubled(self):
        with self.town.database.read() as session:
            meals = session.scalars(select(HelpRequest).where(HelpRequest.menu_id.is_not(None))).all()
            placed = Counter((meal.resident_id, meal.menu_id) for meal in meals if meal.spare_for_id is None)
            yield from (
                f"resident {who} has {count} orders of menu {menu}"
                for (who, menu), count in placed.items()
                if count > 1
            )

    def _forgotten(self):
        """Whoever has a standing order for a day on which something that suits is cooked has a meal, or a reason."""
        with self.town.database.read() as session:
            menus = session.scalars(select(Menu).where(Menu.date >= self._first, Menu.date <= self._last)).all()
            has = {(meal.resident_id, meal.menu_id) for meal in session.scalars(select(HelpRequest))}
            for menu in menus:
                for order in session.scalars(select(StandingOrder).where(StandingOrder.meal_id == menu.meal_id)):
                    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[menu.date.weekday()]
                    is_due = (not order.days or weekday in order.days) and order.resident.absence_on(menu.date) is None
                    if is_due and (order.resident_id, menu.id) not in has and self._suits(menu, order.resident):
                        yield f"resident {order.resident_id} was forgotten on {menu.date} ({menu.meal.code})"
            late = session.scalars(select(HelpRequest).where(HelpRequest.state.in_(OPEN))).all()
            yield from (f"request {meal.id} of {meal.menu.date} is still open" for meal in late
                        if meal.menu and meal.menu.serve_until_at < self.town.now and meal.state is not State.STUCK)  # fmt: skip

    def _suits(self, menu, resident):
        return first_suitable(menu.dishes, resident.diet) is not None
