"""Figures: each is the length of the list to which it leads, however the days are cut."""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from a_year import write_year
from board_town import build_town

from dispatch.board.charts import stacked
from dispatch.figures import Came, Step, came_of, share_at, steps_between
from dispatch.working import cancel
from models.places import Community
from models.requests import HelpRequest
from models.traffic import Direction, Outcome


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A community with five weeks behind it."""
    town = build_town(tmp_path_factory.mktemp("month"))
    with town.database.begin() as session:
        write_year(session, session.get_one(Community, town.ids["community"]), now=town.now, days=10)
    return town


@pytest.fixture
def chen(month):
    """The coordinator."""
    return month.browser()


def numbers(page):
    """Every number that leads to a list, and where."""
    return [(int(n), link.replace("&amp;", "&")) for link, n in re.findall(r'<a href="([^"]+)">(\d+)</a>', page)]


def test_every_number_is_the_length_of_its_list(month, chen):
    found = numbers(chen.see("/figures?from=2026-11-18&until=2026-11-22&by=day"))
    assert len(found) > 60
    for number, link in found[:: max(1, len(found) // 45)]:
        page = chen.see(link)
        assert re.search(rf": {number} (request|call|text)", re.sub(r"<[^>]+>", "", page)), f"{link}: not {number}"


def test_the_lists_go_on_to_their_end(month, chen):
    """Page after page, with what was chosen: no request is shown twice, and none is left out."""
    link, shown, page = "/figures/requests?from=2026-11-20&until=2026-11-20&wanted=1", [], ""
    while link:
        page = chen.see(link)
        shown += re.findall(r'<th scope="row"><a href="/requests/(\d+)"', page)
        after = re.search(r'<a href="([^"]+)">[^<]*→', page)
        link = after[1].replace("&amp;", "&") if after else ""
    assert len(shown) == len(set(shown))
    assert f": {len(shown)} requests" in re.sub(r"<[^>]+>", "", page)


@pytest.mark.parametrize("by", list(Step))
def test_days_weeks_and_months_add_up_to_the_same(month, chen, by):
    page = chen.see(f"/figures?from=2026-11-13&until=2026-11-22&by={by}")
    feet = re.findall(r"<tfoot>.*?</tfoot>", page, re.DOTALL)
    whole = chen.see("/figures?from=2026-11-13&until=2026-11-22&by=day")
    assert feet == re.findall(r"<tfoot>.*?</tfoot>", whole, re.DOTALL)


def test_days_without_anything_are_said_kindly_and_odd_spans_are_cut(month, chen):
    assert "Nothing was asked for" in chen.see("/figures?from=2020-01-01&until=2020-01-05")
    assert "Nothing is counted here." in chen.see("/figures/requests?from=2020-01-01&until=2020-01-05")
    assert "Nothing is counted here." in chen.see("/figures/calls?from=2020-01-01&until=2020-01-05")
    assert "Nothing is counted here." in chen.see("/figures/texts?from=2020-01-01&until=2020-01-05")
    assert 'name="until" value="2026-11-23"' in chen.see("/figures?from=x&until=2999-01-01&by=century")
    assert 'name="from" value="2025-11-23"' in chen.see("/figures?from=2024-01-01&until=2026-11-23")


def test_pictures_are_for_eyes_and_tables_for_everybody(month, chen):
    page = chen.see("/figures?from=2026-11-13&until=2026-11-22")
    pictures = re.findall(r"<svg[^>]*>", page)
    assert len(pictures) > 4
    assert all('aria-hidden="true"' in picture for picture in pictures)
    assert "style=" not in page
    assert page.count("<table") >= 6


def test_it_is_there_in_chinese(month):
    assert "多久有人接单" in month.browser(language="zh-CN").see("/figures?from=2026-11-13&until=2026-11-22")


def test_what_was_called_off_is_not_what_nobody_did(tmp_path):
    town = build_town(tmp_path)
    stays, goes = town.errand(), town.errand("gao")
    with town.database.begin() as session:
        cancel(session, session.get_one(HelpRequest, goes), who="staff 1", now=town.now)
    met = re.search(r'id="met".*?</section>', town.browser().see("/figures"), re.DOTALL)[0]
    assert re.findall(r"<tfoot>.*?<a[^>]*>(\d+)</a>", met, re.DOTALL) == ["1"]
    assert f"/requests/{stays}" in town.browser().see("/figures/requests?wanted=1")


def test_another_community_has_none_of_it(month):
    theirs = month.browser("Far Away")
    assert "Nothing was asked for" in theirs.see("/figures?from=2026-11-13&until=2026-11-22")
    assert "Nothing is counted here." in theirs.see("/figures/texts?from=2026-11-13&until=2026-11-22")


def test_a_span_reads_its_rows_by_an_index_and_not_the_whole_history(month):
    with month.database.read() as session:
        community = session.get_one(Community, month.ids["community"])
        begins, ends = community.within_days(date(2026, 11, 22), date(2026, 11, 22))
        asked = "SELECT id FROM {} WHERE community_id = 1 AND {} >= :a AND {} < :b"
        for table, column in (("help_requests", "wanted_from"), ("calls", "made_at"), ("messages", "made_at")):
            plan = session.execute(
                sa.text("EXPLAIN QUERY PLAN " + asked.format(table, column, column)), {"a": str(begins), "b": str(ends)}
            ).all()
            assert f"ix_{table}_community_id_{column}" in str(plan), plan


@pytest.mark.parametrize(
    ("direction", "outcome", "seconds", "came"),
    [
        (Direction.INBOUND, Outcome.ORDERED, 40, Came.ANSWERED),
        (Direction.INBOUND, Outcome.UNFINISHED, 9, Came.UNFINISHED),
        (Direction.INBOUND, Outcome.UNFINISHED, 0, Came.MISSED),
        (Direction.INBOUND, Outcome.NO_ANSWER, 9, Came.MISSED),
        (Direction.INBOUND, Outcome.BLOCKED, 1, Came.TURNED_AWAY),
        (Direction.OUTBOUND, Outcome.NO_ANSWER, 20, Came.NOT_PICKED_UP),
        (Direction.OUTBOUND, Outcome.UNFINISHED, 20, Came.PICKED_UP),
    ],
)
def test_what_came_of_a_call(direction, outcome, seconds, came):
    assert came_of(direction, outcome, seconds == 0) is came


@pytest.mark.parametrize(
    ("minutes", "half", "most"), [([], None, None), ([5], 5, 5), ([1, 2, 3, 4, 5, 6, 7, 8, 9, 30], 6, 30)]
)
def test_half_and_nine_of_ten(minutes, half, most):
    assert (share_at(minutes, 0.5), share_at(minutes, 0.9)) == (half, most)


@pytest.mark.parametrize(
    ("step", "cuts"),
    [
        (Step.DAY, ["11-28 11-28", "11-29 11-29", "11-30 11-30", "12-01 12-01"]),
        (Step.WEEK, ["11-28 11-29", "11-30 12-01"]),
        (Step.MONTH, ["11-28 11-30", "12-01 12-01"]),
    ],
)
def test_spans_are_cut_where_weeks_and_months_begin(step, cuts):
    found = steps_between(date(2026, 11, 28), date(2026, 12, 1), step)
    assert [f"{first:%m-%d} {last:%m-%d}" for first, last in found] == cuts


def test_bars_stand_on_each_other_and_fit_below_the_top():
    chart = stacked(["a", "b"], {"answered": [3, 0], "missed": [2, 0]})
    answered, missed = chart.bars
    assert missed.y + missed.height == pytest.approx(answered.y, abs=0.2)
    assert answered.height / missed.height == pytest.approx(1.5, abs=0.02)
    assert [line.words for line in chart.lines] == ["0", "3", "6"]
    assert stacked(["a"], {"answered": [0]}) is None
