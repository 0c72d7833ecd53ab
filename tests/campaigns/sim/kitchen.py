"""What is cooked in the days of one life."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_CUTOFF = {"lunch": time(10), "dinner": time(15)}
_DISHES = {"lunch": (("pea soup", ""), ("noodle bake", "nuts"), ("rice bowl", "")), "dinner": (("fish pie", ""), ("bean stew", ""))}  # fmt: skip


def cook(world):
    """Menus for the days around the beginning of this life."""
    raw = world.raw
    zone = ZoneInfo(world.luck.timezone)
    today = world.now.astimezone(zone).date()
    community = raw.execute("SELECT id FROM communities").fetchone()[0]
    meals = dict(raw.execute("SELECT code, id FROM meals").fetchall())
    for ahead in range(-1, 3):
        for meal, dishes in _DISHES.items():
            if meal not in meals or (meal == "dinner" and ahead > 1):
                continue
            date = today + timedelta(days=ahead)
            cutoff = datetime.combine(date, _CUTOFF[meal], tzinfo=zone).astimezone(UTC)
            if cutoff <= world.now:
                continue
            menu = raw.execute(
                "INSERT INTO menus (community_id, meal_id, date, is_planned_for) VALUES (?, ?, ?, 0)",
                (community, meals[meal], date.isoformat()),
            ).lastrowid
            world.due.menus.append((menu, cutoff))
            for key, (name, contains) in enumerate(dishes, start=1):
                raw.execute(
                    "INSERT INTO dishes (menu_id, key, name, contains) VALUES (?, ?, ?, ?)",
                    (menu, str(key), name, contains),
                )
