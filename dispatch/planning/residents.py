"""What the residents of the invented town do: order meals, ask for help, and sometimes call it off again."""

from datetime import datetime, time, timedelta
from random import Random

from dispatch.asking import on_day, place_help, soon
from dispatch.ordering import place_meal
from dispatch.planning.agenda import Agenda
from dispatch.planning.chances import chance
from dispatch.planning.office import Office
from dispatch.planning.plan import Plan
from dispatch.planning.town import Town, at
from dispatch.working import cancel
from models.errors import Refusal
from models.menus import Menu
from models.people import Resident
from models.requests import HelpRequest, Source

# What help is asked for, how often; and how much of it is for as soon as possible, the rest for tomorrow morning.
_KINDS = {"errand": 50, "ride": 20, "visit": 20, "repair": 10}
_SOON = 0.5
_MORNING = 9
_LUNCH = 0.7
_RINGS_FROM, _RINGS_UNTIL = time(8), time(19)
_ORDERS_FROM = time(7)


class Residents:
    """Everybody's wishes, noted in the agenda before the first day begins."""

    def __init__(self, plan: Plan, town: Town, agenda: Agenda, office: Office) -> None:
        self._plan, self._town, self._agenda, self._office = plan, town, agenda, office
        with town.database.read() as session:
            cutoffs = [session.get_one(Menu, menu).cutoff_at for menu in town.menus]
        keys = [(day, meal) for day in range(plan.days) for meal in (0, 1)]
        self._cutoffs, self._menu_ids = dict(zip(keys, cutoffs, strict=True)), dict(zip(keys, town.menus, strict=True))

    def wish(self) -> None:
        """Note everything that is asked for."""
        by_hand = self._share_by_hand()
        for day in range(self._plan.days):
            for number, resident in enumerate(self._town.residents):
                stream = chance(self._plan.seed, "wish", day, number)
                orders, asks = stream.random() < by_hand, stream.random() < self._plan.errands_a_day
                if orders and resident not in self._town.regulars:
                    self._order(stream, day, resident)
                if asks:
                    self._ask(stream, day, resident)

    def _share_by_hand(self) -> float:
        """Of those without a standing order, so that in all the plan's share of residents eats with us."""
        regulars = len(self._town.regulars) / len(self._town.residents)
        return max(0.0, (self._plan.meals_a_day - regulars) / (1 - regulars)) if regulars < 1 else 0.0

    def _order(self, stream: Random, day: int, resident: int) -> None:
        meal = 0 if stream.random() < _LUNCH else 1
        cutoff_at = self._cutoffs[day, meal]
        from_at = at(day, _ORDERS_FROM) if meal == 0 else self._cutoffs[day, 0]
        menu = self._menu_ids[day, meal]
        self._agenda.note(
            _between(stream, from_at, cutoff_at), lambda now: self._place_meal(stream, resident, menu, now=now)
        )

    def _ask(self, stream: Random, day: int, resident: int) -> None:
        code = stream.choices(list(_KINDS), list(_KINDS.values()))[0]
        is_soon = stream.random() < _SOON
        rings_at = _between(stream, at(day, _RINGS_FROM), at(day, _RINGS_UNTIL))
        self._agenda.note(rings_at, lambda now: self._place_help(stream, resident, code, is_soon, now=now))

    def _place_meal(self, stream: Random, resident: int, menu_id: int, *, now: datetime) -> None:
        with self._town.database.begin() as session:
            person, menu = session.get_one(Resident, resident), session.get_one(Menu, menu_id)
            try:
                request = place_meal(
                    session, person, menu, menu.dishes[0], source=Source.VOICE, who=f"resident {resident}", now=now
                )
            except Refusal:
                return  # she hears why, and orders another day
            self._perhaps_cancel(stream, request.id, request.wanted_from, now=now)

    def _place_help(self, stream: Random, resident: int, code: str, is_soon: bool, *, now: datetime) -> None:
        with self._town.database.begin() as session:
            person = session.get_one(Resident, resident)
            community = person.community
            service = next(service for service in community.services if service.code == code)
            tomorrow = community.local(now).date() + timedelta(days=1)
            wanted_from, until = soon(community, now) if is_soon else on_day(community, tomorrow, _MORNING, now)
            request = place_help(
                session, person, service, wanted_from=wanted_from, wanted_until=until, source=Source.VOICE,
                who=f"resident {resident}", now=now,
            )  # fmt: skip
            self._office.expect(until)
            self._perhaps_cancel(stream, request.id, wanted_from, now=now)

    def _perhaps_cancel(self, stream: Random, request: int, wanted_from: datetime, *, now: datetime) -> None:
        if stream.random() < self._plan.cancel:
            calls_off_at = _between(stream, now + timedelta(minutes=1), max(wanted_from, now + timedelta(hours=1)))
            self._agenda.note(calls_off_at, lambda at: self._cancel(request, now=at))

    def _cancel(self, request_id: int, *, now: datetime) -> None:
        with self._town.database.begin() as session:
            request = session.get_one(HelpRequest, request_id)
            if request.is_open:
                cancel(session, request, who=f"resident {request.resident_id}", now=now)


def _between(stream: Random, start: datetime, end: datetime) -> datetime:
    """Some full minute from `start` on, before `end`."""
    return start + timedelta(minutes=int(stream.random() * ((end - start).total_seconds() // 60)))
