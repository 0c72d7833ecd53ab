"""What the kitchens cook: counted at the cut-off and told to each, and told again when it has changed since."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from dispatch import blanks
from dispatch.alarms import close_alerts_about
from dispatch.reaching import channel_to
from dispatch.telling import Sentence, tell_all
from dispatch.unreached import could_not_tell
from models.changes import touch
from models.errors import Refusal
from models.fates import was_called_off_in_time
from models.jobs import Channel
from models.kitchens import Kitchen, KitchenCount, Line, by_dish, kitchens_of, last_counts
from models.menus import Menu
from models.people import Resident
from models.prepared import prepared
from models.requests import HelpRequest, open_requests_of
from models.tasks import AlertKind
from models.traffic import Delivery

# The prompts by which a kitchen is told what to cook.
COUNTING = ("kitchen_count", "kitchen_change")
# A kitchen that does not answer a text is rung after so long, as one that does not pick up is rung again: between the
# end of the orders and the first plate there is often no more than an hour.
_SILENT_FOR = timedelta(minutes=10)


def meals_of(session: Session, menu: Menu) -> list[HelpRequest]:
    """Everything that was ordered from this menu and not called off in time, in the order of ordering."""
    ordered = sa.select(HelpRequest).where(HelpRequest.menu_id == menu.id).order_by(HelpRequest.id)
    rows = session.scalars(ordered.options(joinedload(HelpRequest.dish), joinedload(HelpRequest.resident)))
    return [meal for meal in rows if not was_called_off_in_time(meal)]


def kitchen_of(meal: HelpRequest, kitchens: list[Kitchen]) -> Kitchen:
    """Who cooks it: the first kitchen, unless its dish says otherwise and that one still cooks."""
    wanted = meal.dish.kitchen_id if meal.dish else None
    return next((kitchen for kitchen in kitchens if kitchen.id == wanted), kitchens[0])


def count(session: Session, menu: Menu) -> dict[int, list[Line]]:
    """What each kitchen is to cook for this menu as things stand, by its id: dish by dish and diet by diet."""
    kitchens = kitchens_of(session, menu.community_id)
    portions: dict[int, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for meal in meals_of(session, menu):
        dish = (meal.dish.key, meal.dish.name) if meal.dish else ("", "")
        portions[kitchen_of(meal, kitchens).id][(*dish, meal.cooked_for)] += meal.portions
    return {kitchen: [Line(*what, number) for what, number in sorted(of.items())] for kitchen, of in portions.items()}


def menus_to_count(session: Session, now: datetime) -> list[int]:
    """Ids of the menus of which kitchens are to be told something new, in all communities."""
    return list(session.scalars(*_menus_to_count(now)))


@prepared
def _menus_to_count(now: datetime) -> sa.Select[int]:
    return sa.select(Menu.id).where(Menu.count_due_at <= now).order_by(Menu.count_due_at, Menu.id)


def tell_kitchens(session: Session, menu: Menu, *, now: datetime) -> list[KitchenCount]:
    """Write down what each kitchen cooks, where that is new or has changed, and tell whoever has a telephone there."""
    menu.count_due_at = None
    before, counts = last_counts(session, menu.id), count(session, menu)
    told = []
    for kitchen in kitchens_of(session, menu.community_id):
        last, lines = before.get(kitchen.id), counts.get(kitchen.id, [])
        if lines == (last.counted if last else []):
            continue
        row = KitchenCount(
            menu_id=menu.id, kitchen=kitchen, version=last.version + 1 if last else 1, at=now,
            lines=[list(line) for line in lines],
        )  # fmt: skip
        session.add(row)
        told.append(row)
        if kitchen.phone is not None and now < menu.kitchen_until_at:
            _tell(session, menu, row, last, now=now)
    if told:
        touch(session, menu.community_id)
    return told


def cook_otherwise_for(session: Session, resident: Resident, *, now: datetime) -> None:
    """What she must not eat has changed: kitchens that have counted a meal for her are told."""
    for meal in open_requests_of(session, resident):
        if meal.menu is not None:
            meal.menu.count_again(now)


def what_changed(last: KitchenCount, row: KitchenCount) -> list[tuple[str, str, int, int]]:
    """Dish by dish: its key, its name, how many portions before, and how many now, where that is not the same."""
    before, after = by_dish(last.counted), by_dish(row.counted)
    dishes = sorted({*before, *after})
    return [(*dish, was, now) for dish in dishes if (was := before.get(dish, 0)) != (now := after.get(dish, 0))]


def count_sentences(menu: Menu, row: KitchenCount) -> list[Sentence]:
    """The whole count: all portions, then dish by dish with what must be cooked otherwise."""
    sentences: list[Sentence] = [("kitchen_count", {**_of(menu), "portions": row.portions})]
    for (key, dish), portions in by_dish(row.counted).items():
        sentences.append(("kitchen_dish", {"dish": dish, "portions": portions}))
        sentences += [_of_diet(line) for line in row.counted if line.diet and (line.key, line.dish) == (key, dish)]
    return sentences


def have_count(
    session: Session, kitchen: Kitchen, *, menus: Collection[int] | None = None, now: datetime
) -> list[KitchenCount]:
    """Somebody there says that they have it; with `menus` only that of which these were just read out. Refuses
    "kitchen_nothing" when they have been told nothing."""
    rows = session.scalars(sa.select(KitchenCount).where(KitchenCount.kitchen_id == kitchen.id)).all()
    if not rows:
        raise Refusal("kitchen_nothing")
    close_alerts_about(session, f"kitchen {kitchen.id}", {AlertKind.UNREACHED}, now=now)
    unheard = [row for row in rows if row.heard_at is None and (menus is None or row.menu_id in menus)]
    for row in unheard:
        row.heard_at = now
    touch(session, kitchen.community_id)
    return unheard


def today_for(session: Session, kitchen: Kitchen, *, now: datetime) -> list[Sentence]:
    """What this kitchen cooks of everything that is counted and not yet served, or that there is nothing."""
    today = kitchen.community.local(now).date()
    counted = sa.select(Menu).where(Menu.date >= today, Menu.closed_at.is_not(None))
    menus = session.scalars(counted.where(Menu.community_id == kitchen.community_id))
    sentences: list[Sentence] = []
    for menu in sorted(menus, key=lambda menu: menu.serve_from_at):
        row = last_counts(session, menu.id).get(kitchen.id)
        if row is not None and now < menu.kitchen_until_at:
            sentences += count_sentences(menu, row)
    return sentences or [("kitchen_nothing", {})]


def _tell(session: Session, menu: Menu, row: KitchenCount, last: KitchenCount | None, *, now: datetime) -> None:
    """A change alone is told only to whoever has the count before it: by text, or heard. Whoever does not answer a text
    is rung; whom neither may reach, staff reach."""
    kitchen, until = row.kitchen, menu.kitchen_until_at
    is_texted = channel_to(session, kitchen.community, kitchen.phone or "") is Channel.TEXT
    has_heard = last is not None and last.heard_at is not None
    said = _change_sentences(menu, last, row) if last and (has_heard or is_texted) else count_sentences(menu, row)
    keys: list[Sentence] = [("kitchen_keys", {})] if is_texted else []  # in a call they are said at its end anyway
    told = tell_all(session, kitchen, [*said, *keys], now=now, is_urgent=True, expires_at=until)
    if told.state is Delivery.CANCELLED:
        session.flush()
        could_not_tell(session, told, now=now)
    elif is_texted and told.due_at is not None and told.due_at + _SILENT_FOR < until:
        heard = said if has_heard else count_sentences(menu, row)
        call = tell_all(session, kitchen, heard, now=now, is_urgent=True, expires_at=until, by=Channel.CALL)
        call.due_at = told.due_at + _SILENT_FOR


def _of(menu: Menu) -> dict[str, blanks.Blank]:
    """What it is about; the id is not said, but known while it waits to leave."""
    return {"meal": blanks.names(menu.meal.names), "day": blanks.day(menu.date), "menu": menu.id}


def _change_sentences(menu: Menu, last: KitchenCount, row: KitchenCount) -> list[Sentence]:
    sentences: list[Sentence] = [("kitchen_change", {**_of(menu), "portions": row.portions, "before": last.portions})]
    for _, dish, was, now in what_changed(last, row):
        sentences.append(("kitchen_dish_now", {"dish": dish, "portions": now, "before": was}))
    known = set(last.counted)
    fresh = [line for line in row.counted if line.diet and line not in known]
    gone = {line[:3] for line in last.counted if line.diet} - {line[:3] for line in row.counted}
    return [*sentences, *map(_of_diet, fresh), *(_of_diet(Line(*what, 0)) for what in sorted(gone))]


def _of_diet(line: Line) -> Sentence:
    return ("kitchen_diet", {"dish": line.dish, "diet": line.diet, "portions": line.portions})
