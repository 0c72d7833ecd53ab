"""What the community has set for itself: hours, its numbers, callers, the emergency number, zones."""

import re
from typing import Any

import sqlalchemy as sa
from flask import redirect, request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.login import safe_next
from dispatch.board.settling import Fields, Part, add, change, ticked, wall_clock
from dispatch.countries import home_of
from dispatch.guide import HOURS_SAVED
from dispatch.mornings import set_mornings_anew
from dispatch.spending import lift_limit, look_at_spending
from models.errors import Refusal
from models.events import Event
from models.jobs import Job
from models.nearness import degrees
from models.people import Resident, Volunteer
from models.phones import countries
from models.places import WEEKDAYS, Community, Zone, community_of

_MOST_PRICE = 1000
_MOST_MONEY, _MOST_UNITS = 1_000_000, 10_000_000
LIMITS = ("day_limit_money", "day_limit_units")
_EMERGENCY = re.compile(r"[0-9]{2,15}")


def save_hours(desk: Desk) -> ResponseReturnValue:
    """Opening and quiet hours."""
    return change(desk, HOURS, desk.community)


def save_numbers(desk: Desk) -> ResponseReturnValue:
    """The number that texts and calls leave by while the first fails, and the one for practice; nobody else's."""
    return change(desk, NUMBERS, desk.community)


def save_countries(desk: Desk) -> ResponseReturnValue:
    """Which countries are rung and texted."""
    return change(desk, COUNTRIES, desk.community)


def save_spending(desk: Desk) -> ResponseReturnValue:
    """How much may leave in a day."""
    return change(desk, SPENDING, desk.community)


def lift(desk: Desk) -> ResponseReturnValue:
    """What waits because of the limit leaves, until midnight; who said so is noted."""
    if lift_limit(desk.session, desk.community, who=desk.who, now=desk.now):
        desk.tell("limit_lifted")
    return redirect(safe_next(request.form.get("next")), code=303)


def save_asking(desk: Desk) -> ResponseReturnValue:
    """How much one volunteer is asked, how many jobs she may have in the same hours; whom we ask afterwards."""
    return change(desk, ASKING, desk.community)


def save_callers(desk: Desk) -> ResponseReturnValue:
    """Who rings off is rung back; who is not known is asked for a key."""
    return change(desk, CALLERS, desk.community)


def save_morning(desk: Desk) -> ResponseReturnValue:
    """When staff are told of the day; what a segment and a minute cost, where the carrier does not say."""
    return change(desk, MORNING, desk.community)


def save_emergency(desk: Desk) -> ResponseReturnValue:
    """The number that saves lives, as it is told to callers."""
    return change(desk, EMERGENCY, desk.community)


def add_zone(desk: Desk) -> ResponseReturnValue:
    """One more part of the neighbourhood."""
    after = max((zone.position for zone in desk.community.zones), default=-1) + 1
    return add(desk, ZONES, Zone(community_id=desk.community.id, position=after))


def rename_zone(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The same part by another name; everybody stays where they are."""
    return change(desk, ZONES, desk.find(Zone, row_id))


def _write_hours(form: Form, community: Community) -> None:
    opens, closes = form.time("opens_at"), form.time("closes_at")
    quiet_from, quiet_until = form.time("quiet_from"), form.time("quiet_until")
    if not form.mistakes and closes <= opens:
        form.mistakes.append(form.desk.words.t("wrong.closes_before"))
    form.check()
    community.opens_at, community.closes_at = opens, closes
    community.quiet_from, community.quiet_until = quiet_from, quiet_until
    community.opening_days = form.some_of("days", {day: day for day in WEEKDAYS})


def _write_numbers(form: Form, community: Community) -> None:
    session = form.desk.session
    second, practice = form.phone("second_number"), form.phone("practice_number")
    form.not_called.clear()  # where it has a number, it calls
    for number in (second, practice):
        taken = community_of(session, number) if number else None
        if taken is not None and (taken.id != community.id or number == community.number):
            form.mistakes.append(form.desk.words.t("wrong.number_taken", number=number))
    if second and second == practice:
        form.mistakes.append(form.desk.words.t("wrong.number_taken", number=second))
    form.check()
    # One after the other: for a moment a number that changes places would be there twice.
    community.second_number = community.practice_number = None
    session.flush()
    community.second_number, community.practice_number = second, practice


def _write_countries(form: Form, community: Community) -> None:
    wanted = {region for region in form.sent.getlist("countries") if region}
    if wanted - set(countries()):
        form.mistakes.append(form.desk.words.t("wrong.country", field=form.desk.words.t("field.countries")))
    form.check()
    community.countries = sorted(wanted - home_of(community))


def _write_spending(form: Form, community: Community) -> None:
    money = form.maybe("day_limit_money", lambda: form.number("day_limit_money", 0, _MOST_MONEY))
    units = form.maybe("day_limit_units", lambda: form.whole("day_limit_units", 1, _MOST_UNITS))
    form.check()
    community.day_limit_money, community.day_limit_units = money, units


def _write_asking(form: Form, community: Community) -> None:
    most = form.whole("asked_per_day_max", 1, 100)
    at_once = form.maybe("jobs_at_once_max", lambda: form.whole("jobs_at_once_max", 1, 20))
    good_every = form.whole("asked_whether_good_every", 0, 1000)
    form.check()
    community.asked_per_day_max, community.jobs_at_once_max = most, at_once
    community.asked_whether_good_every = good_every


def _write_callers(form: Form, community: Community) -> None:
    community.rings_back, community.tests_strangers = form.has("rings_back"), form.has("tests_strangers")


def _write_morning(form: Form, community: Community) -> None:
    at = form.time("morning_at")
    segment = form.maybe("segment_price", lambda: form.number("segment_price", 0, _MOST_PRICE))
    minute = form.maybe("minute_price", lambda: form.number("minute_price", 0, _MOST_PRICE))
    if not form.mistakes and not community.opens_at <= at < community.closes_at:
        form.mistakes.append(form.desk.words.t("wrong.morning_hours"))
    form.check()
    community.morning_at, community.segment_price, community.minute_price = at, segment, minute


def _write_emergency(form: Form, community: Community) -> None:
    number = re.sub(r"[\s-]", "", form.words("emergency_number", most=30))
    if not _EMERGENCY.fullmatch(number):
        form.mistakes.append(form.desk.words.t("wrong.emergency"))
    form.check()
    community.emergency_number = number


def _write_zone(form: Form, zone: Zone) -> None:
    name, place = form.words("name", most=60, needed=True), form.place("place")
    others = {other.name.casefold() for other in form.desk.community.zones if other is not zone}
    if name.casefold() in others:
        form.mistakes.append(form.desk.words.t("wrong.zone_taken", name=name))
    form.check()
    zone.name = name
    zone.latitude, zone.longitude = place or (None, None)


def _zone_goes(desk: Desk, zone: Zone) -> None:
    """It goes while nobody lives in it or helps there."""
    lives = sa.select(Resident.id).where(Resident.zone_id == zone.id)
    helps = sa.select(Volunteer.id).where(Volunteer.zones.any(Zone.id == zone.id))
    happened = sa.select(Job.id).where(Job.zone_id == zone.id)
    if any(desk.session.scalars(query.limit(1)).first() for query in (lives, helps, happened)):
        raise Refusal("still_used")
    desk.session.delete(zone)


def _shows(*names: str) -> Any:
    """Numbers and words of a row as they are; nothing is an empty field."""
    return lambda row: {name: "" if (value := getattr(row, name)) is None else str(value) for name in names}


def _shows_hours(community: Community) -> Fields:
    times = ("opens_at", "closes_at", "quiet_from", "quiet_until")
    return {**{name: wall_clock(getattr(community, name)) for name in times}, "days": list(community.opening_days)}


def _shows_morning(community: Community) -> Fields:
    prices = {name: getattr(community, name) for name in ("segment_price", "minute_price")}
    shown = {name: "" if price is None else f"{price:g}" for name, price in prices.items()}
    return {"morning_at": wall_clock(community.morning_at), **shown}


def shown_amount(amount: float | None) -> str:
    """A limit as its field shows it; empty where there is none."""
    return "" if amount is None else f"{amount:.10g}"


def _look_again(desk: Desk) -> None:
    look_at_spending(desk.session, desk.community, now=desk.now)


def _mornings_anew(desk: Desk) -> None:
    set_mornings_anew(desk.session, desk.community, now=desk.now)


def _hours_were_looked_at(desk: Desk) -> None:
    """Saved as they are, they are the community's own too (see guide)."""
    _mornings_anew(desk)
    desk.session.add(Event(community_id=desk.community.id, at=desk.now, who=desk.who, verb=HOURS_SAVED))


HOURS = Part("hours", Community, _shows_hours, _write_hours, "hours", then=_hours_were_looked_at)
MORNING = Part("morning", Community, _shows_morning, _write_morning, "morning", then=_mornings_anew)
NUMBERS = Part("numbers", Community, _shows("second_number", "practice_number"), _write_numbers, "numbers")
COUNTRIES = Part(
    "countries", Community, lambda row: {"countries": sorted(row.countries or ())}, _write_countries, "countries"
)
SPENDING = Part(
    "spending", Community, lambda row: {name: shown_amount(getattr(row, name)) for name in LIMITS}, _write_spending,
    "spending", then=_look_again,
)  # fmt: skip
ASKING = Part(
    "asking", Community, _shows("asked_per_day_max", "jobs_at_once_max", "asked_whether_good_every"), _write_asking,
    "asking",
)  # fmt: skip
CALLERS = Part(
    "callers", Community,
    lambda row: {name: ticked(getattr(row, name)) for name in ("rings_back", "tests_strangers")}, _write_callers,
    "callers",
)  # fmt: skip
EMERGENCY = Part("emergency", Community, _shows("emergency_number"), _write_emergency, "emergency")
ZONES = Part(
    "zones", Zone, lambda zone: {"name": zone.name, "place": degrees(zone.point)}, _write_zone, "zones",
    goes=_zone_goes,
)  # fmt: skip
