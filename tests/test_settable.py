"""What is stored of a community's offer can be set on the board, or there is a reason why not."""

from datetime import UTC, date, datetime, time

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch.board.pages.changes import PARTS
from models.kitchens import Kitchen
from models.money import Subsidy
from models.places import Announcement, Community, Meal, Service, Zone
from models.replies import ReplyWord

KINDS = (Community, Zone, Service, Meal, Kitchen, Subsidy, Announcement, ReplyWord)
ALWAYS = {"id", "community_id"}
# What no coordinator sets on these pages, and why.
EXCUSED = {
    Community: {
        "name": "it is said at each call and stands on every paper and in what the carrier reads out: it is founded with it",
        "number": "it belongs to the carrier: whoever runs the machine gives it",
        "timezone": "it is founded with it: every stored time of day would mean something else",
        "language": "it is founded with it, as the prompts are",
        "next_code": "it counts by itself",
        "board_version": "it counts by itself",
        "words_version": "it counts by itself",
        "prices_due_at": "when the carrier is asked for prices next",
        "sheet_at": "when the day sheet was written last",
        "is_demo": "it is one or it is none",
        "released_at": "the page of what was held back says it",
        "stopped_until": "counted, by the limit of the day",
        "limit_lifted_on": "a button of the board, for one day",
        "limit_due_at": "the clock's own",
        "busy_until": "the network's pace, noted as texts leave",
        "second_busy_until": "the network's pace, noted as texts leave",
        "bulk_left_at": "the network's pace, noted as texts leave",
    },
    Zone: {"position": "the order in which they were added"},
    Service: {
        "code": "what lists call it: given once",
        "position": "the order of the keys",
        "work_minutes": "nothing goes by it yet",
    },
    Meal: {"code": "what lists call it: given once"},
}  # fmt: skip
# Buttons rather than fields of a form.
BUTTONS = {"cooks", "goes_on", "on"}


@pytest.fixture
def town(tmp_path):
    """Two small communities."""
    return build_town(tmp_path)


def another(column, value):
    """Something else that could stand there."""
    if isinstance(column.type, sa.types.TypeDecorator):
        return datetime(2033, 3, 3, tzinfo=UTC)
    kind = column.type.python_type
    if isinstance(column.type, sa.Enum):
        return next(one for one in column.type.enum_class if one is not value)
    if isinstance(column.type, sa.JSON):
        return {"en": "another"} if isinstance(value, dict) else ["everyone", "staff"] if "staff" in value else ["mon"]
    if kind is bool:
        return not value
    if kind in (int, float):
        return kind(value or 0) + 1
    return {str: "6" if value != "6" else "5", time: time(4, 44), date: date(2033, 3, 3)}[kind]


def example(kind):
    """A row as it may be."""
    given = {
        Community: {"opening_days": ["tue"], "countries": ["FR"], "opens_at": time(8), "closes_at": time(9), "quiet_from": time(21), "quiet_until": time(8)},
        Zone: {"name": "East", "latitude": 1.0, "longitude": 2.0},
        Service: {"names": {"en": "errand"}, "code": "errand", "ladder": ["staff"]},
        Meal: {"names": {"en": "lunch"}, "cutoff": time(9), "serve_from": time(11), "serve_until": time(12), "days": ["tue"]},
        Kitchen: {"name": "Hall", "language": "zh-CN", "latitude": 1.0, "longitude": 2.0},
        Subsidy: {"name": "80+", "hardship": "", "percent": 1, "cents": 1, "from_date": date(2026, 1, 1)},
        Announcement: {"words": {"en": "x"}, "from_date": date(2026, 1, 1), "until_date": date(2026, 1, 2)},
        ReplyWord: {"language": "en", "means": "answer.1", "phrase": "oh aye"},
    }[kind]  # fmt: skip
    plain = {column.name: (False if column.type.python_type is bool else 1 if column.type.python_type in (int, float) else None)
             for column in kind.__table__.columns if column.name not in given and not column.nullable
             and not isinstance(column.type, sa.types.TypeDecorator)}  # fmt: skip
    return kind(**{**plain, **given})


def examples(kind):
    """Such rows; of services one for help and one for meals, which show different things."""
    rows = [example(kind)]
    if kind is Service:
        rows.append(example(kind))
        rows[1].code = "meal"
    return rows


def shown(kind, rows):
    """What all parts of the settings show of them."""
    return [part.shows(row) for part in PARTS.values() if part.kind is kind for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_can_be_set_on_the_board_or_has_its_reason(kind):
    for column in kind.__table__.columns:
        if column.name in ALWAYS:
            continue
        rows = examples(kind)
        before = shown(kind, rows)
        for row in rows:
            setattr(row, column.name, another(column, getattr(row, column.name)))
        is_shown, reason = column.name != "code" and shown(kind, rows) != before, EXCUSED.get(kind, {}).get(column.name)
        assert is_shown or reason, f"{kind.__name__}.{column.name} is neither on the page nor excused"
        assert not (is_shown and reason), f"{kind.__name__}.{column.name} is excused, and on the page"


def test_every_field_that_is_kept_stands_on_its_page(town):
    chen, pages = town.browser(), {}
    chen.see("/settings/subsidies")
    chen.press("/settings/subsidies", subsidy_name="80+", percent="50", from_date="2026-11-01", until_date="")
    with town.database.read() as session:
        community = session.get_one(Community, town.ids["community"])
        rows = {Community: [community], Zone: community.zones, Service: community.services, Meal: community.meals}
        wanted = {
            (part.page, field)
            for part in PARTS.values()
            if part.kind in KINDS
            for row in rows.get(part.kind) or examples(part.kind)
            for field in part.shows(row)
        }
    for part, field in sorted(wanted):
        if field not in BUTTONS:
            path = "/news" if part == "news" else f"/settings/{part}"
            if path not in pages:
                pages[path] = chen.see(path)
            assert f'name="{field}"' in pages[path], f"{path}: {field}"
