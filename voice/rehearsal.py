"""What callers would hear of one part of the settings: the real places of the menus, as the community is set now.

Nobody is on the line: it is for the staff's page, also within a change that is not kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch import blanks
from dispatch.recording import spoken_languages
from dispatch.saying import beside_day
from dispatch.telling import Sentence
from models.places import Announcement, Community, Meal
from voice.places import PLACES
from voice.prompts import Setting, in_language
from voice.recorded import Foreign, Piece, Played, heard_as
from voice.scene import service_facts
from voice.talk import MenuFact, Scene, Talk

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
# Some meal will be cooked within so many days, or it is cooked never.
_DAYS_AHEAD = 7
_MOST_DAYS_OF_NEWS = 3


@dataclass(frozen=True)
class Moment:
    """What is heard at one place of a call. `when` says where that is: a key of the board's words, with its blanks.
    A line is made of words, and of the numbers of recordings that are played in their place."""

    when: str
    blanks: dict[str, Any]
    lines: tuple[tuple[str | int, ...], ...]


@dataclass(frozen=True)
class Rehearsal:
    """All that is heard of one part of the settings in one language."""

    language: str
    moments: tuple[Moment, ...]


# When it is, where the talk rests, what is known: and how that moment is called.
_Stage = tuple[str, dict[str, Any], list[Sentence]]


def rehearse(session: Session, community: Community, part: str, *, now: datetime) -> list[Rehearsal]:
    """What is heard of that part, in each language that is spoken here; of a part that nobody hears, nothing."""
    if part not in _PLAYS:
        return []
    session.flush()
    session.expire(community, ["services", "meals"])
    return [
        _in_one_language(session, community, part, Talk(language=tag), now=now)
        for tag in spoken_languages(session, community)
    ]


def _in_one_language(session: Session, community: Community, part: str, talk: Talk, *, now: datetime) -> Rehearsal:
    scene = Scene(
        now=now, is_staffed=community.is_staffed(now), duty_numbers=(), emergency=community.emergency_number,
        caller=community.number, services=service_facts(session, community),
    )  # fmt: skip
    setting = Setting(talk.language, community.zone_info, now, "voice", community.name)
    moments = (
        Moment(when, named, tuple(tuple(map(_plainly, said)) for said in heard_as(session, community, says, setting)))
        for when, named, says in _PLAYS[part](session, community, talk, scene)
    )
    return Rehearsal(talk.language, tuple(moment for moment in moments if moment.lines))


def _plainly(piece: Piece) -> str | int:
    if isinstance(piece, Played):
        return piece.recording_id
    return piece.words if isinstance(piece, Foreign) else piece


def _help(session: Session, community: Community, talk: Talk, scene: Scene) -> list[_Stage]:
    return [("help", {}, PLACES["help"].says(talk, scene))]


def _emergency(session: Session, community: Community, talk: Talk, scene: Scene) -> list[_Stage]:
    unwell: Sentence = ("not_well_noted", {"emergency": scene.emergency})
    return [
        ("help", {}, PLACES["help"].says(talk, scene)[:1]),
        ("unwell", {}, [unwell]),
        ("blocked", {}, PLACES["blocked"].says(talk, scene)),
    ]


def _hours(session: Session, community: Community, talk: Talk, scene: Scene) -> list[_Stage]:
    """Whoever wants a person, around the hours of the next day on which the office is open."""
    opens = community.opens_next(scene.now)
    day = community.local(opens).date()
    at = [community.at(day, wall) for wall in (community.opens_at, community.closes_at)]
    stages = [
        _person(community, talk, scene, at=instant) for instant in (at[0] - _MINUTE, at[0], at[1] - _MINUTE, at[1])
    ]
    return stages if community.opening_days else [_person(community, talk, scene, at=scene.now)]


def _person(community: Community, talk: Talk, scene: Scene, *, at: datetime) -> _Stage:
    then = replace(scene, now=at, is_staffed=community.is_staffed(at))
    place = "person" if then.is_staffed else "message"
    return ("person", {"at": blanks.moment(at)}, PLACES[place].says(talk, then))


def _meals(session: Session, community: Community, talk: Talk, scene: Scene) -> list[_Stage]:
    """The choice of meals, and until when each can be ordered."""
    menus = tuple(fact for meal in community.meals if (fact := _next_menu(community, meal, scene.now)))
    scene = replace(scene, menus=tuple(sorted(menus, key=lambda fact: (fact.on or date.max, fact.id))))
    remembered = PLACES["meals"].remembers(talk, scene)
    chosen = ((menu, talk.at("dishes", **remembered, menu_id=menu.id)) for menu in scene.menus)
    until = [("meal", {"meal": menu.meal}, PLACES["dishes"].says(at, scene)) for menu, at in chosen]
    return [("meals", {}, PLACES["meals"].says(talk, scene)), *until]


def _next_menu(community: Community, meal: Meal, now: datetime) -> MenuFact | None:
    today = community.local(now).date()
    days = (today + ahead * _DAY for ahead in range(_DAYS_AHEAD + 1))
    day = next((day for day in days if meal.is_cooked_on(day) and meal.orders_until(day) > now), None)
    if day is None:
        return None
    span = [community.at(day, wall) for wall in (meal.serve_from, meal.serve_until)]
    return MenuFact(
        id=meal.id, meal=blanks.names(meal.names), day=blanks.day(day),
        cutoff=beside_day(community, day, meal.orders_until(day)), span=blanks.span(*span), dishes=(), has=None, on=day,
    )  # fmt: skip


def _news(session: Session, community: Community, talk: Talk, scene: Scene) -> list[_Stage]:
    """Today's news, and those of the days on which others begin."""
    today = community.local(scene.now).date()
    ours = sa.select(Announcement).where(Announcement.community_id == community.id, Announcement.until_date >= today)
    rows = session.scalars(ours.order_by(Announcement.id)).all()
    days = sorted({max(row.from_date, today) for row in rows})[:_MOST_DAYS_OF_NEWS] or [today]
    return [_news_of(talk, scene, rows, day) for day in days]


def _news_of(talk: Talk, scene: Scene, rows: Sequence[Announcement], day: date) -> _Stage:
    that_day = [row for row in rows if row.from_date <= day <= row.until_date]
    said: tuple[Sentence, ...] = tuple(
        ("from_staff", {"words": in_language(row.words, talk.language), "news": row.id}) for row in that_day
    )
    heard = PLACES["news"].says(talk, replace(scene, news=said))
    # What else can be done there has nothing to do with the news.
    return ("news", {"day": blanks.day(day)}, heard[: max(len(said), 1)])


_PLAYS: dict[str, Callable[[Session, Community, Talk, Scene], list[_Stage]]] = {
    "services": _help,
    "emergency": _emergency,
    "hours": _hours,
    "meals": _meals,
    "news": _news,
}
