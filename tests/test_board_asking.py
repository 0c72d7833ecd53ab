"""Staff say when, how often and how far somebody is asked, and see why one is asked before another."""

import pytest
from board_town import build_town
from sqlalchemy import select

from models.people import Volunteer, never_together
from models.places import Service, Zone


@pytest.fixture
def town(tmp_path):
    return build_town(tmp_path)


LIMITS = {
    "name": "Sam Lee", "phone": "17000003001", "language": "en", "max_per_day": "3", "speaks": ["zh-CN", "en"],
    "hours_from_mon": "09:00", "hours_until_mon": "12:30", "own_quiet_from": "13:00", "own_quiet_until": "15:00",
    "max_per_week": "5", "reach_km": "2,5", "place": "31.2304, 121.4737", "vetted_until": "2027-06-30", "seen": "",
}  # fmt: skip


def _sam(town):
    return town.row(Volunteer, town.ids["sam"])


def test_all_of_it_is_said_on_one_form_and_shown_again(town):
    browser = town.browser()
    path = f"/volunteers/{town.ids['sam']}"
    browser.see(f"{path}/edit")
    page = browser.press(f"{path}/edit", **LIMITS)
    sam = _sam(town)
    assert (sam.hours, sam.max_per_week, sam.reach_metres) == ({"mon": ["09:00", "12:30"]}, 5, 2500)
    assert (f"{sam.quiet_from:%H:%M}", f"{sam.quiet_until:%H:%M}", sam.point) == ("13:00", "15:00", (31.2304, 121.4737))
    assert sam.speaks == ["en", "zh-CN"]
    for shown in ("09:00–12:30", "13:00–15:00", "5 a week", "2.5"):
        assert shown in page
    again = browser.see(f"{path}/edit")
    for value in ('value="09:00"', 'value="13:00"', 'value="2.5"', 'value="31.2304, 121.4737"', 'value="2027-06-30"'):
        assert value in again
    empty = {key: "" for key in LIMITS if key not in ("name", "phone", "language", "max_per_day", "speaks")}
    browser.press(f"{path}/edit", name="Sam Lee", phone="17000003001", language="en", max_per_day="3", **empty)
    sam = _sam(town)
    assert (sam.hours, sam.max_per_week, sam.reach_metres, sam.quiet_from, sam.point, sam.vetted_until) == (
        {}, None, None, None, None, None,
    )  # fmt: skip


WRONG = (
    ({"hours_until_mon": ""}, "“until” must be a time"),
    ({"own_quiet_until": "13:00"}, "must be different"),
    ({"place": "somewhere"}, "two numbers"),
    ({"place": "91, 0"}, "two numbers"),
    ({"reach_km": "-3"}, "from 0.1 to 500"),
    ({"max_per_week": "1.5"}, "whole"),
    ({"vetted_until": "soon"}, "date"),
)


def test_what_cannot_be_is_said_and_nothing_is_changed(town):
    browser = town.browser()
    path = f"/volunteers/{town.ids['sam']}/edit"
    browser.see(path)
    for typed, said in WRONG:
        assert said in browser.press(path, status=422, **{**LIMITS, **typed})
        assert (_sam(town).hours, _sam(town).quiet_from, _sam(town).max_per_week) == ({}, None, None)


def test_two_are_kept_apart_and_let_together_again_and_neither_is_told(town):
    browser = town.browser()
    path = f"/volunteers/{town.ids['sam']}"
    browser.see(path)
    assert "Nobody is found" in browser.press(f"{path}/apart", status=422, resident="Nobody Here")
    assert "fits several people" in browser.press(f"{path}/apart", status=422, resident="1004")
    browser.see(path)
    page = browser.press(f"{path}/apart", resident="rose")
    assert "Sam Lee is not sent to Rose Miller any more." in page
    assert "Is not sent to" in page
    browser.press(f"{path}/apart", resident="Rose Miller")  # a second time is once
    job = town.job_of(town.errand())
    shown = browser.see(f"/jobs/{job}")
    assert "is not to be sent there" in shown
    with town.database.read() as session:
        assert len(session.execute(select(never_together)).all()) == 1
    browser.see(path)
    browser.press(f"{path}/apart/{town.ids['rose']}/end")
    assert "is not to be sent there" not in browser.see(f"/jobs/{job}")


def test_why_one_is_asked_before_another_is_seen_in_figures(town):
    browser = town.browser()
    for name, place in (("sam", "31.2304, 121.4737"), ("lee", "")):
        row = town.row(Volunteer, town.ids[name])
        browser.see(f"/volunteers/{row.id}/edit")
        browser.press(f"/volunteers/{row.id}/edit", name=row.name, phone=row.phone, language="en", max_per_day="3",
                      place=place, zones=[str(zone) for zone in (1, 2)], services=[str(one) for one in range(1, 6)], seen="")  # fmt: skip
    browser.see(f"/residents/{town.ids['rose']}/edit")
    browser.press(f"/residents/{town.ids['rose']}/edit", name="Rose Miller", phone="17000002001", language="en",
                  zone="1", place="31.2404 121.4737", seen="")  # fmt: skip
    shown = browser.see(f"/jobs/{town.job_of(town.errand())}")
    assert "1.1 km away" in shown
    assert "asked 0 times in a week, 0 jobs in a month" in shown
    assert shown.index("Sam Lee") < shown.index("李强")


def test_how_wide_is_asked_is_set_for_the_community_and_for_each_service(town):
    browser = town.browser()
    browser.see("/settings")
    page = browser.press("/settings/asking", asked_per_day_max="4", jobs_at_once_max="", asked_whether_good_every="0")
    assert 'name="asked_per_day_max" type="number" min="1" max="100" value="4"' in page
    browser.press(
        "/settings/asking", status=422, asked_per_day_max="0", jobs_at_once_max="1", asked_whether_good_every="20"
    )
    with town.database.read() as session:
        errand = session.scalars(select(Service).where(Service.code == "errand")).first()
        zone = session.scalars(select(Zone).where(Zone.community_id == town.ids["community"])).first().id
    given = {"name_en": "errand", "key": "1", "offer_minutes": "10", "wave_size": "3", "nudge_minutes": "60",
             "acknowledge_minutes": "15", "small_waves": "3", "helpers": "2", "is_active": "on", "needs_language": "on", "is_urgent": "on"}  # fmt: skip
    browser.press(f"/settings/services/{errand.id}", **given)
    errand = town.row(Service, errand.id)
    assert (errand.needs_language, errand.is_urgent, errand.needs_vetting) == (True, True, False)
    browser.press(f"/settings/zones/{zone}", name="East", place="31.23, 121.47")
    assert "31.23, 121.47" in browser.see("/settings/zones")
