"""Figures that people look at, over some days; each leads to its list (see behind.py)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import request, url_for

from dispatch.board.charts import Chart, stacked
from dispatch.board.desk import Desk
from dispatch.board.forms import day_of
from dispatch.costs import Traffic, together, traffic_of
from dispatch.figures import (
    INBOUND,
    MOST_DAYS,
    Asked,
    Came,
    Rang,
    Step,
    asked_in,
    jobs_accepted,
    rang_in,
    share_at,
    steps_between,
    was_wanted,
)
from models.fates import Fate
from models.lifecycle import State
from models.people import Volunteer
from models.places import Service

_USUAL = timedelta(days=27)
# How long a span may be to be shown by days, or by weeks, when nobody has said.
_BY_DAYS, _BY_WEEKS = timedelta(days=15), timedelta(days=140)


@dataclass(frozen=True)
class Part:
    """One line of the table: its days, and what was in them."""

    first: date
    last: date
    asked: Sequence[Asked]
    rang: Sequence[Rang]
    traffic: Traffic

    @cached_property
    def minutes(self) -> list[float]:
        """How long each job waited until somebody took it."""
        return [row.accepted_after for row in jobs_accepted(self.asked) if row.accepted_after is not None]

    @cached_property
    def median(self) -> float | None:
        """Half of the jobs were taken as quickly as this."""
        return share_at(self.minutes, 0.5)

    @cached_property
    def ninetieth(self) -> float | None:
        """Nine of ten were."""
        return share_at(self.minutes, 0.9)

    @cached_property
    def wanted(self) -> int:
        """Asked for, and not called off."""
        return sum(map(was_wanted, self.asked))

    @cached_property
    def unmet(self) -> int:
        """Done by nobody."""
        return sum(row.state is State.UNMET for row in self.asked)

    @cached_property
    def fates(self) -> Counter[Fate]:
        """Portions, by what became of them."""
        portions: Counter[Fate] = Counter()
        for row in self.asked:
            fate = row.fate
            if fate is not None:
                portions[fate] += row.portions
        return portions

    @cached_property
    def came_to(self) -> Counter[Came]:
        """Calls, by what came of them."""
        return Counter(call.came for call in self.rang)

    def came(self, came: Came) -> int:
        """So many calls came to that."""
        return self.came_to[came]

    def fed(self, *fates: Fate) -> int:
        """So many portions ended so."""
        return sum(self.fates[fate] for fate in fates)


@dataclass(frozen=True)
class Span:
    """What was asked to be shown."""

    first: date
    last: date
    step: Step

    def at(self, **more: Any) -> dict[str, Any]:
        """It, as an address says it."""
        return {"from": self.first.isoformat(), "until": self.last.isoformat(), **more}


def show(desk: Desk) -> str:
    """All of them."""
    span = span_asked(desk)
    asked = asked_in(desk.session, desk.community, span.first, span.last)
    rang = rang_in(desk.session, desk.community, span.first, span.last)
    parts = _parts(desk, span, asked, rang)
    whole = Part(span.first, span.last, asked, rang, together(part.traffic for part in parts))
    hours = [Part(span.first, span.last, (), calls, Traffic()) for calls in _by_hour(rang)]
    return desk.page(
        "figures", span=span, parts=[(_name(desk, span, part), part) for part in parts], whole=whole,
        services=_services(desk, asked), fates=[(fate, whole.fates[fate]) for fate in Fate if whole.fates[fate]],
        load=_load(desk, asked), hours=hours, inbound=INBOUND, charts=_charts(desk, span, parts, hours),
        steps=list(Step), link=_link, today=desk.wall.today, not_eaten=_NOT_EATEN,
        estimate=whole.traffic.estimate(desk.community),
    )  # fmt: skip


def _charts(desk: Desk, span: Span, parts: Sequence[Part], hours: Sequence[Part]) -> dict[str, Chart | None]:
    names = [_short(desk, span, part) for part in parts]

    def chart(**values: Callable[[Part], float]) -> Chart | None:
        return stacked(names, {kind: [value(part) for part in parts] for kind, value in values.items()})

    return {
        "accept": chart(median=lambda part: part.median or 0, ninetieth=_beyond),
        "calls": stacked([str(hour) for hour in range(24)], {c.value: [h.came(c) for h in hours] for c in INBOUND}),
        "meals": chart(
            delivered=lambda part: part.fed(Fate.DELIVERED, Fate.NEIGHBOUR), wasted=lambda part: part.fed(*_NOT_EATEN)
        ),
        "unmet": chart(unmet=lambda part: part.unmet),
        "sent": chart(segments=lambda part: part.traffic.segments, minutes=lambda part: part.traffic.minutes),
    }


_NOT_EATEN = (Fate.BROUGHT_BACK, Fate.GIVEN_AWAY, Fate.THROWN_AWAY, Fate.LOST, Fate.UNKNOWN)


def span_asked(desk: Desk) -> Span:
    """What was asked for; the last four weeks, by weeks, if nothing was."""
    last = min(day_of(request.args.get("until", "")) or desk.wall.today, desk.wall.today)
    first = day_of(request.args.get("from", "")) or last - _USUAL
    first = max(min(first, last), last - MOST_DAYS + timedelta(days=1))
    written, length = request.args.get("by", ""), last - first
    usual = Step.DAY if length < _BY_DAYS else Step.WEEK if length < _BY_WEEKS else Step.MONTH
    return Span(first, last, Step(written) if written in list(Step) else usual)


def _parts(desk: Desk, span: Span, asked: Sequence[Asked], rang: Sequence[Rang]) -> list[Part]:
    asked_on, rang_on = defaultdict(list), defaultdict(list)
    for row in asked:
        asked_on[row.day].append(row)
    for call in rang:
        rang_on[call.day].append(call)
    parts = []
    for first, last in steps_between(span.first, span.last, span.step):
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        wanted, called = [row for day in days for row in asked_on[day]], [call for day in days for call in rang_on[day]]
        parts.append(Part(first, last, wanted, called, traffic_of(desk.session, desk.community, first, last)))
    return parts


def _by_hour(rang: Sequence[Rang]) -> list[list[Rang]]:
    hours: list[list[Rang]] = [[] for _ in range(24)]
    for call in rang:
        hours[call.hour].append(call)
    return hours


def _services(desk: Desk, asked: Sequence[Asked]) -> list[tuple[Service, int, int]]:
    """Each service: how often it was wanted, and how often nobody did it."""
    wanted = Counter(row.service_id for row in asked if was_wanted(row))
    unmet = Counter(row.service_id for row in asked if row.state is State.UNMET)
    return [
        (service, wanted[service.id], unmet[service.id]) for service in desk.community.services if wanted[service.id]
    ]


def _load(desk: Desk, asked: Sequence[Asked]) -> list[tuple[Volunteer, int, int]]:
    """Each volunteer who has taken something: how many jobs, and how many people were served by them."""
    jobs, stops = defaultdict(set), Counter[int]()
    for row in asked:
        if row.volunteer_id is not None and row.state is not State.CANCELLED:
            jobs[row.volunteer_id].add(row.job_id)
            stops[row.volunteer_id] += 1
    people = desk.session.scalars(sa.select(Volunteer).where(Volunteer.id.in_(list(jobs))))
    return sorted(
        ((one, len(jobs[one.id]), stops[one.id]) for one in people), key=lambda found: (-found[1], found[0].id)
    )


def _beyond(part: Part) -> float:
    """What the bar of the ninetieth adds to that of the median."""
    return (part.ninetieth or 0) - (part.median or 0)


def _name(desk: Desk, span: Span, part: Part) -> str:
    if span.step is Step.MONTH:
        return desk.wall.month(part.first)
    shown = desk.wall.dated(part.first)
    return shown if part.first == part.last else f"{shown} – {desk.wall.dated(part.last)}"


def _short(desk: Desk, span: Span, part: Part) -> str:
    """What fits below a bar."""
    return desk.wall.month(part.first) if span.step is Step.MONTH else desk.wall.dated(part.first)


def _link(door: str, part: Part, **more: Any) -> str:
    """Where the list is that a figure of those days counts."""
    span: dict[str, Any] = {"from": part.first.isoformat(), "until": part.last.isoformat(), **more}
    return url_for(f"board.{door}", **span)
