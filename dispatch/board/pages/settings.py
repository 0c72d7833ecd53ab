"""What the community has set for itself: hours, the emergency number, zones; and the page that shows all of it."""

import re

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue

from dispatch.board.desk import Desk
from dispatch.board.forms import Form
from dispatch.board.pages.services import KEYS, MOST_HELPERS, MOST_STOPS, NEEDS, PATIENCE, WHOLE
from dispatch.board.pages.staff import ON_DUTY, ROLES
from dispatch.board.pages.subsidies import rules_of
from dispatch.board.words import LANGUAGES
from dispatch.guide import HOURS_SAVED
from dispatch.lists.words import languages
from dispatch.mornings import set_mornings_anew
from models.changes import touch
from models.events import Event
from models.kitchens import kitchens_of
from models.people import Staff
from models.places import LAST_RUNG, MOST_CUTOFF_DAYS, RUNGS, WEEKDAYS, Zone, community_of

_MOST_PRICE = 1000
_EMERGENCY = re.compile(r"[0-9]{2,15}")


def settings(desk: Desk, **_: object) -> str:
    """Everything that can be set."""
    staff = desk.session.scalars(
        sa.select(Staff).where(Staff.community_id == desk.community.id).order_by(Staff.name)
    ).all()
    return desk.page(
        "settings", community=desk.community, weekdays=WEEKDAYS, patience=PATIENCE, needs=NEEDS, keys=KEYS,
        kitchens=kitchens_of(desk.session, desk.community.id), most_stops=MOST_STOPS, most_helpers=MOST_HELPERS,
        most_cutoff_days=MOST_CUTOFF_DAYS,
        staff=[one for one in staff if one.is_active], former=[one for one in staff if not one.is_active], roles=ROLES,
        on_duty=ON_DUTY, languages=list(LANGUAGES), spoken=languages(), whole=WHOLE, rungs=RUNGS, last_rung=LAST_RUNG,
        **rules_of(desk),
    )  # fmt: skip


def save_hours(desk: Desk) -> ResponseReturnValue:
    """Opening and quiet hours."""
    form, community = Form(desk), desk.community
    opens, closes = form.time("opens_at"), form.time("closes_at")
    quiet_from, quiet_until = form.time("quiet_from"), form.time("quiet_until")
    if not form.mistakes and closes <= opens:
        form.mistakes.append(desk.words.t("wrong.closes_before"))
    form.check()
    community.opens_at, community.closes_at = opens, closes
    community.quiet_from, community.quiet_until = quiet_from, quiet_until
    community.opening_days = form.some_of("days", {day: day for day in WEEKDAYS})
    set_mornings_anew(desk.session, community, now=desk.now)
    desk.session.add(Event(community_id=community.id, at=desk.now, who=desk.who, verb=HOURS_SAVED))
    return saved(desk)


def save_numbers(desk: Desk) -> ResponseReturnValue:
    """The number that texts and calls leave by while the first fails, and the one for practice; nobody else's."""
    form, community = Form(desk), desk.community
    second, practice = form.phone("second_number"), form.phone("practice_number")
    for number in (second, practice):
        taken = community_of(desk.session, number) if number else None
        if taken is not None and (taken.id != community.id or number == community.number):
            form.mistakes.append(desk.words.t("wrong.number_taken", number=number))
    if second and second == practice:
        form.mistakes.append(desk.words.t("wrong.number_taken", number=second))
    form.check()
    # One after the other: for a moment a number that changes places would be there twice.
    community.second_number = community.practice_number = None
    desk.session.flush()
    community.second_number, community.practice_number = second, practice
    return saved(desk)


def save_asking(desk: Desk) -> ResponseReturnValue:
    """How much one volunteer is asked, how many jobs she may have in the same hours; whom we ask afterwards."""
    form = Form(desk)
    most = form.whole("asked_per_day_max", 1, 100)
    at_once = form.maybe("jobs_at_once_max", lambda: form.whole("jobs_at_once_max", 1, 20))
    good_every = form.whole("asked_whether_good_every", 0, 1000)
    form.check()
    desk.community.asked_per_day_max, desk.community.jobs_at_once_max = most, at_once
    desk.community.asked_whether_good_every = good_every
    return saved(desk)


def save_callers(desk: Desk) -> ResponseReturnValue:
    """Who rings off is rung back; who is not known is asked for a key."""
    desk.community.rings_back = "rings_back" in request.form
    desk.community.tests_strangers = "tests_strangers" in request.form
    return saved(desk)


def save_morning(desk: Desk) -> ResponseReturnValue:
    """When staff are told of the day; what a segment and a minute cost, where the carrier does not say."""
    form, community = Form(desk), desk.community
    at = form.time("morning_at")
    segment = form.maybe("segment_price", lambda: form.number("segment_price", 0, _MOST_PRICE))
    minute = form.maybe("minute_price", lambda: form.number("minute_price", 0, _MOST_PRICE))
    if not form.mistakes and not community.opens_at <= at < community.closes_at:
        form.mistakes.append(desk.words.t("wrong.morning_hours"))
    form.check()
    community.morning_at, community.segment_price, community.minute_price = at, segment, minute
    set_mornings_anew(desk.session, community, now=desk.now)
    return saved(desk)


def save_emergency(desk: Desk) -> ResponseReturnValue:
    """The number that saves lives, as it is told to callers."""
    form = Form(desk)
    number = re.sub(r"[\s-]", "", form.words("emergency_number", most=30))
    if not _EMERGENCY.fullmatch(number):
        form.mistakes.append(desk.words.t("wrong.emergency"))
    form.check()
    desk.community.emergency_number = number
    return saved(desk)


def add_zone(desk: Desk) -> ResponseReturnValue:
    """One more part of the neighbourhood."""
    name = _zone_name(desk, None)
    after = max((zone.position for zone in desk.community.zones), default=-1) + 1
    desk.session.add(Zone(community_id=desk.community.id, name=name, position=after))
    return saved(desk)


def rename_zone(desk: Desk, row_id: int) -> ResponseReturnValue:
    """The same part by another name; everybody stays where they are."""
    zone = desk.find(Zone, row_id)
    form = Form(desk)
    place = form.place("place")
    form.check()
    zone.name = _zone_name(desk, zone)
    zone.latitude, zone.longitude = place or (None, None)
    return saved(desk)


def saved(desk: Desk) -> ResponseReturnValue:
    """Back to the page; every board looks anew."""
    touch(desk.session, desk.community.id)
    desk.tell("settings_saved")
    return desk.go("settings")


def _zone_name(desk: Desk, zone: Zone | None) -> str:
    form = Form(desk)
    name = form.words("name", most=60, needed=True)
    others = {other.name.casefold() for other in desk.community.zones if other is not zone}
    if name.casefold() in others:
        form.mistakes.append(desk.words.t("wrong.zone_taken", name=name))
    form.check()
    return name
