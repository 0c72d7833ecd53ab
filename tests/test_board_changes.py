"""Every change of a setting is kept, told in words, and can be set back."""

import re
from datetime import time

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch.board.pages.changes import PARTS
from models.kitchens import Kitchen
from models.money import Subsidy
from models.people import Staff
from models.places import Announcement, Community, Meal, Service, Zone
from models.settled import SettingChange

HOURS = {"opens_at": "08:00", "closes_at": "20:00", "quiet_from": "21:00", "quiet_until": "08:00",
         "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}  # fmt: skip


@pytest.fixture
def town(tmp_path):
    """Two small communities."""
    return build_town(tmp_path)


@pytest.fixture
def chen(town):
    """The coordinator at the settings."""
    chen = town.browser()
    chen.see("/settings")
    return chen


def here(town):
    """Our community as it is now."""
    return town.row(Community, town.ids["community"])


def rows(town, kind):
    """The rows of our community, the oldest first."""
    with town.database.read() as session:
        found = session.scalars(sa.select(kind).filter_by(community_id=town.ids["community"]).order_by(kind.id)).all()
        session.expunge_all()
        return found


def last_change(town):
    """The newest change of our community's settings."""
    return rows(town, SettingChange)[-1]


def set_back(chen, change, status=200, **more):
    """Press that button on the page of the changes."""
    chen.see("/settings/changes")
    return chen.press(f"/settings/changes/{change.id}/back", status, next="/settings/changes", **more)


def fields_of(page, action):
    """What that form would send as it stands there."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'action="{action}"' in f)
    boxes = re.findall(r'<input type="checkbox" name="(\w+)"(?: value="(\w+)")? ?checked', form)
    data = {}
    for name, value in boxes:
        data.setdefault(name, []).append(value or "on")
    data |= dict(
        re.findall(
            r'<input[^>]*? name="([\w-]+)"[^>]*? value="([^"]*)"', re.sub(r"<input[^>]*checkbox[^>]*>", "", form)
        )
    )
    data |= dict(re.findall(r'<select name="(\w+)">.*?<option value="([^"]*)" selected', form))
    return {name: value for name, value in data.items() if name != "csrf_token"}


def test_what_was_changed_is_told_with_who_when_before_and_after(town, chen):
    page = chen.press("/settings/hours", **{**HOURS, "opens_at": "07:30", "days": ["mon", "tue"]})
    assert f'action="/settings/changes/{last_change(town).id}/back"' in page, "Undo stands beside what was just saved"
    page = chen.see("/settings/changes")
    words = re.sub(r"<[^>]+>", " ", page)
    assert re.search(r"Opens +before: +08:00 +→ +after: +07:30", words), words
    assert re.search(r"before: +Mon, Tue, Wed, Thu, Fri, Sat, Sun +→ +after: +Mon, Tue ", words)
    assert "Chen Li" in words
    assert "Closes" not in words, "only what has become different"
    chinese = town.browser(language="zh-CN").see("/settings/changes")
    assert "周一" in chinese
    assert "改动记录" in chinese


def test_nobody_else_sees_it_and_what_is_not_changed_is_not_kept(town, chen):
    chen.press("/settings/hours", **HOURS)
    assert rows(town, SettingChange) == []
    chen.press("/settings/emergency", emergency_number="999")
    far = town.browser("Far Away")
    assert "999" not in far.see("/settings/changes")
    far.press(f"/settings/changes/{last_change(town).id}/back", 404)
    assert here(town).emergency_number == "999"
    town.browser("Dai Fen").see("/settings/changes", 403)


def test_a_change_is_set_back_and_that_is_a_change_too(town, chen):
    chen.press("/settings/hours", **{**HOURS, "opens_at": "07:30"})
    first = last_change(town)
    assert "It is as it was before" in set_back(chen, first)
    assert here(town).opens_at == time(8)
    second = last_change(town)
    assert (second.undoes_id, second.before, second.after) == (first.id, {"opens_at": "07:30"}, {"opens_at": "08:00"})
    assert "This has been set back" in chen.see("/settings/changes")
    assert "already as it was" in set_back(chen, first, 409)
    set_back(chen, second)
    assert here(town).opens_at == time(7, 30)


def test_setting_back_leaves_alone_what_else_was_changed_since(town, chen):
    chen.press("/settings/hours", **{**HOURS, "opens_at": "07:30"})
    first = last_change(town)
    chen.press("/settings/hours", **{**HOURS, "opens_at": "07:30", "closes_at": "18:00"})
    set_back(chen, first)
    assert (here(town).opens_at, here(town).closes_at) == (time(8), time(18))


def test_what_somebody_has_changed_since_is_shown_and_asked_once_more(town, chen):
    before = here(town).emergency_number
    chen.press("/settings/emergency", emergency_number="999")
    first = last_change(town)
    chen.press("/settings/emergency", emergency_number="110")
    page = set_back(chen, first, 409)
    assert here(town).emergency_number == "110"
    asked = re.search(r'<section class="panel" aria-labelledby="sure">.*?</section>', page, re.DOTALL)[0]
    assert "110" in asked
    assert before in asked
    set_back(chen, first, sure="1")
    assert here(town).emergency_number == before


def test_setting_back_is_checked_like_any_change(town, chen):
    """The key that a service had is another's by now; hours that would close before they open."""
    errand, ride = (next(s for s in rows(town, Service) if s.code == code) for code in ("errand", "ride"))
    for service, key in ((errand, "6"), (ride, "1")):
        path = f"/settings/services/{service.id}"
        chen.press(path, **{**fields_of(chen.see("/settings/services"), path), "key": key})
    moved = next(change for change in rows(town, SettingChange) if change.row_id == errand.id)
    page = set_back(chen, moved, 422)
    assert "cannot be set back" in page
    assert "Key 1 belongs to Ride" in page
    assert town.row(Service, errand.id).key == "6"
    chen.press("/settings/hours", **{**HOURS, "opens_at": "06:00"})
    early = last_change(town)
    chen.press("/settings/hours", **{**HOURS, "opens_at": "06:00", "closes_at": "07:00"})
    assert "close before it opens" in set_back(chen, early, 422)


def test_what_was_added_is_taken_away_unless_somebody_uses_it(town, chen):
    chen.press("/settings/zones", name="North")
    zone, added = rows(town, Zone)[-1], last_change(town)
    set_back(chen, added)
    assert "North" not in [zone.name for zone in rows(town, Zone)]
    assert "not there any more" in set_back(chen, added, 409)
    chen.press("/settings/zones", name="South")
    zone, added = rows(town, Zone)[-1], last_change(town)
    with town.database.begin() as session:
        session.execute(
            sa.text("INSERT INTO volunteer_zones VALUES (:one, :zone)"), {"one": town.ids["sam"], "zone": zone.id}
        )
    assert "can be renamed" in set_back(chen, added, 409)
    assert town.row(Zone, zone.id).name == "South"


def test_a_kitchen_that_was_ended_cooks_again(town, chen):
    chen.press("/kitchens", name="School", phone="", language="en", address="", place="", portions_max="")
    school = rows(town, Kitchen)[-1]
    chen.press(f"/kitchens/{school.id}/end")
    ended = last_change(town)
    set_back(chen, ended)
    assert town.row(Kitchen, school.id).ended_at is None
    set_back(chen, last_change(town))
    assert town.row(Kitchen, school.id).ended_at is not None


def test_news_that_were_ended_are_read_again(town, chen):
    chen.press("/news", words_en="Free soup", from_date="2026-11-23", until_date="2026-11-24")
    news = rows(town, Announcement)[-1]
    page = chen.press(f"/news/{news.id}/end")
    assert f'action="/settings/changes/{last_change(town).id}/back"' in page
    gone = last_change(town)
    assert "Free soup" in set_back(chen, gone)
    assert [row.words for row in rows(town, Announcement)] == [{"en": "Free soup"}]
    set_back(chen, gone, 409)
    assert len(rows(town, Announcement)) == 1, "it is not there twice"


def test_a_rule_about_money_and_duty_are_set_back(town, chen):
    rule = {"subsidy_name": "80+", "percent": "50", "from_date": "2026-11-01", "until_date": ""}
    chen.press("/settings/subsidies", **rule)
    chen.press(f"/settings/subsidies/{rows(town, Subsidy)[-1].id}", last_day="2026-11-30")
    set_back(chen, last_change(town))
    assert rows(town, Subsidy)[-1].until_date is None
    set_back(chen, rows(town, SettingChange)[0])
    assert str(rows(town, Subsidy)[-1].until_date) == "2026-11-22", "it has been in force: it ends"
    chen.press("/settings/duty/" + str(town.ids["Dai Fen"]), on="0")
    set_back(chen, last_change(town))
    assert town.row(Staff, town.ids["Dai Fen"]).is_on_duty


def test_no_password_pin_or_private_number_is_kept(town, chen):
    secret = "a secret that is long"
    chen.press(f"/settings/staff/{town.ids['Dai Fen']}", phone="138 0000 0077", role="auditor", password=secret)
    chen.press("/settings/pin", pin="1357")
    kept = [(change.part, change.before, change.after) for change in rows(town, SettingChange)]
    assert kept == [("duty", {"on": "1"}, {"on": "0"})]


def test_every_form_of_the_settings_sent_as_it_stands_changes_nothing(town, chen):
    """What is kept of a row is exactly what its form shows: a button that sets back sends the same."""
    sent = 0
    for part in ("hours", "numbers", "callers", "asking", "zones", "meals", "services", "kitchens"):
        page = chen.see(f"/settings/{part}")
        for action in re.findall(r'<form method="post" class="(?:form|service|inline)" action="([^"]+)"', page):
            if re.search(r"/(hours|numbers|callers|asking|\d+)$", action):
                chen.press(action, **fields_of(page, action))
                sent += 1
    assert sent >= 14
    assert rows(town, SettingChange) == []


def test_every_part_shows_only_fields_that_are_told_in_words(town):
    with town.database.read() as session:
        community = session.get_one(Community, town.ids["community"])
        things = {
            Community: community,
            Zone: community.zones[0],
            Service: community.services[1],
            Meal: community.meals[0],
        }
        for part in PARTS.values():
            if part.kind in things:
                assert part.shows(things[part.kind]), part.name
