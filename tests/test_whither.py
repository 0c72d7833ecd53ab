"""Where the meals go: a picture that is true, with the list beside it that says the same."""

import re

import pytest
from board_town import build_town

from dispatch.board.picture import LOOKS, WIDE, Area, Stop, drawn
from dispatch.rounds import close_menu
from models.menus import Menu
from models.people import Resident

EAST, WEST = Area(1, "East"), Area(2, "West")


@pytest.fixture
def town(tmp_path):
    """A small community in which three have ordered lunch."""
    town = build_town(tmp_path)
    for who in ("rose", "gao", "zhu"):
        town.lunch(who)
    return town


def close(town):
    with town.database.begin() as session:
        close_menu(session, session.get_one(Menu, town.ids["lunch"]), who="staff 1", now=town.now)


def places(town, **points):
    with town.database.begin() as session:
        for who, (latitude, longitude) in points.items():
            row = session.get_one(Resident, town.ids[who])
            row.latitude, row.longitude = latitude, longitude


def test_without_places_zones_are_boxes_with_a_dot_for_each_stop(town):
    close(town)
    page = town.browser().see(f"/meals/{town.ids['lunch']}/where")
    assert "No places are known" in page
    assert page.count('class="zone"') == 2
    assert len(re.findall(r'<circle class="dot dot-[12]"', page)) == 3
    assert page.count('<polyline class="way way-') == 2 * 2, "each round in the picture, and a sample in the list"
    for name in ("Rose Miller", "高慧敏", "朱世杰"):
        assert name in page


def test_with_places_north_is_up_and_who_has_none_stands_in_the_middle_of_the_zone(town):
    close(town)
    places(town, rose=(39.91, 116.40), gao=(39.92, 116.42))
    page = town.browser().see(f"/meals/{town.ids['lunch']}/where")
    assert "North is up." in page
    assert "1 stop has no place" in page


def test_before_the_rounds_are_made_it_shows_where_they_will_go(town):
    page = town.browser().see(f"/meals/{town.ids['lunch']}/where")
    assert "On no round yet" in page
    assert page.count('<circle class="dot dot-0"') == 3


def test_it_is_reached_from_meals_from_the_count_and_from_a_round(town):
    close(town)
    chen, where = town.browser(), f"/meals/{town.ids['lunch']}/where"
    assert where in chen.see("/meals")
    assert where in chen.see(f"/meals/{town.ids['lunch']}")
    round_of = re.search(r'href="(/jobs/\d+)"', chen.see(where))[1]
    assert f"{where}#round-" in chen.see(round_of)
    assert "Nobody has ordered of it" in chen.see(f"/meals/{town.ids['tomorrow']}/where")
    assert "餐送到哪里" in town.browser(language="zh-CN").see(where)


def test_nobody_elsewhere_sees_it(town):
    town.browser("Far Away").see(f"/meals/{town.ids['lunch']}/where", status=404)


def test_distances_are_right_in_every_direction():
    """A degree of longitude is shorter than one of latitude; a thousand metres are as long on paper either way."""
    north, east = 0.01, 0.01 / 0.7660444  # at forty degrees
    stops = [Stop(1, 1, (40.0, 116.0)), Stop(2, 1, (40.0 + north, 116.0)), Stop(3, 1, (40.0, 116.0 + east))]
    picture = drawn(stops, [EAST], [])
    at = {dot.stop.id: (dot.x, dot.y) for dot in picture.dots}
    up, right = at[1][1] - at[2][1], at[3][0] - at[1][0]
    assert up > 0, "north is up"
    assert up == pytest.approx(right, rel=0.01)


def test_a_way_begins_at_the_kitchen_and_follows_its_stops_in_order():
    stops = [
        Stop(1, 1, (40.0, 116.0), job_id=7, code=12, place=2), Stop(2, 1, (40.01, 116.0), job_id=7, code=12, place=1),
        Stop(3, 2, (40.02, 116.01)),
    ]  # fmt: skip
    picture = drawn(stops, [EAST, WEST], [("Hall", (40.0, 116.02))])
    at = {dot.stop.id: f"{dot.x:g},{dot.y:g}" for dot in picture.dots}
    (line,), ((name, x, y),) = picture.lines, picture.kitchens
    assert (line.code, name) == (12, "Hall")
    assert line.points == f"{x:g},{y:g} {at[2]} {at[1]}"
    assert [dot.look for dot in picture.dots] == [line.look, line.look, 0]


@pytest.mark.parametrize("count", [1, 7, 60, 300])
@pytest.mark.parametrize("known", [0, 3, 225])
def test_everything_stays_on_the_paper(count, known):
    points = [
        (39.9 + number % 13 / 1000, 116.4 + number % 29 / 900) if number < known else None for number in range(count)
    ]
    stops = [
        Stop(number, 1 + number % 5, point, number // 8, number // 8, number % 8) for number, point in enumerate(points)
    ]
    picture = drawn(stops, [Area(number, f"Zone {number}") for number in range(1, 6)], [])
    assert len(picture.dots) == count
    assert all(0 <= dot.x <= WIDE and 0 <= dot.y <= picture.high for dot in picture.dots)
    assert {line.look for line in picture.lines} <= set(range(1, LOOKS + 1))
