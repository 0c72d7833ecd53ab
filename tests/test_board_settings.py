"""What the community offers is edited on the board, by its coordinator, without a technician."""

import re
from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from board_town import PASSWORD, Browser, build_town

from dispatch.founding import check_password
from models.people import Role, Staff, StaffSession
from models.places import Community, Meal, Service, Zone
from models.requests import HelpRequest

NEW = "a much longer password"


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


def one(town, kind, **what):
    """The row of our community that is so."""
    with town.database.read() as session:
        found = session.scalars(sa.select(kind).filter_by(community_id=town.ids["community"], **what)).one()
        session.expunge_all()
        return found


def service(town, code, **changes):
    """The form of a service as its page shows it, with some fields changed."""
    row = one(town, Service, code=code)
    data = {
        "offer_minutes": "10", "wave_size": "3", "nudge_minutes": "60", "acknowledge_minutes": "15", "small_waves": "3",
        "key": row.key or "", "name_en": row.names["en"], "name_zh-CN": row.names["zh-CN"], "spending_limit": "50.00", "is_active": "on",
        "stops_max": "8", "helpers": "1",
    }  # fmt: skip
    return f"/settings/services/{row.id}", {**data, **changes}


def meal(town, **changes):
    """The form of lunch, with some fields changed."""
    row = one(town, Meal, code="lunch")
    data = {
        "cutoff": "10:00", "serve_from": "11:00", "serve_until": "12:30", "name_en": "lunch", "name_zh-CN": "午餐",
    }  # fmt: skip
    return f"/settings/meals/{row.id}", {**data, **changes}


def add_staff(**changes):
    """Somebody new, with some fields changed."""
    return {"name": "Eva Neu", "role": "dispatcher", "phone": "138 0000 0009", "language": "en", "is_on_duty": "on",
            "password": NEW, **changes}  # fmt: skip


# ---- meals


def test_a_meals_times_and_names_are_changed_and_orders_that_wait_move_with_them(town, chen):
    order = town.lunch("rose")
    path, data = meal(town, cutoff="09:30", serve_from="11:30", serve_until="13:00", name_en="dinner at noon")
    chen.press(path, **data)
    row = one(town, Meal, code="lunch")
    assert (row.cutoff, row.serve_from, row.serve_until) == (time(9, 30), time(11, 30), time(13))
    assert row.names == {"en": "dinner at noon", "zh-CN": "午餐"}
    assert "today 11:30–13:00" in chen.see(f"/requests/{order}"), "she is not told one time and served at another"
    assert town.row(HelpRequest, order).due_at.strftime("%H:%M") == "01:30"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cutoff": "11:30"}, "orders must end before it is served"),
        ({"serve_until": "10:30"}, "must come before"),
        ({"serve_from": "25:00"}, "“Served from” must be a time"),
        ({"name_en": "", "name_zh-CN": " "}, "at least one language"),
    ],
)
def test_a_meal_that_cannot_be_is_refused_in_words(town, chen, changes, said):
    path, data = meal(town, **changes)
    page = chen.press(path, 422, **data)
    assert said in page
    assert one(town, Meal, code="lunch").cutoff == time(10)


def test_a_meal_may_have_to_be_ordered_days_before(town, chen):
    order = town.lunch("rose")
    path, data = meal(town, cutoff="15:00", cutoff_days="2", changes_until="09:00")
    chen.press(path, **data)
    row = one(town, Meal, code="lunch")
    assert (row.cutoff, row.cutoff_days, row.changes_until) == (time(15), 2, time(9)), (
        "it ends long before it is served"
    )
    assert 'value="2" selected' in chen.see("/settings/meals")
    assert town.row(HelpRequest, order).due_at.isoformat() == "2026-11-23T01:00:00+00:00", (
        "at once: it is late for today"
    )
    day = (town.now + timedelta(days=5)).date()
    assert "orders until Thu, Nov 26 15:00" in chen.see(f"/menus/{row.id}/{day}")
    for days in ("4", "-1", "0.5"):
        assert "On which day" in chen.press(path, 422, **{**data, "cutoff_days": days})


# ---- services


def test_a_services_key_names_limit_and_patience_are_changed(town, chen):
    path, data = service(town, "errand", key="6", name_en="shopping", spending_limit="12,50", offer_minutes="5")
    chen.press(path, **data, ladder=["contacts", "everyone", "nobody"])
    assert 'value="contacts" checked' in chen.page
    row = one(town, Service, code="errand")
    assert row.ladder == ["everyone", "contacts", "staff"]
    assert (row.key, row.names["en"], row.spending_limit_cents, row.offer_minutes) == ("6", "shopping", 1250, 5)
    path, data = service(town, "errand", spending_limit="")
    del data["is_active"]
    chen.press(path, **data)
    row = one(town, Service, code="errand")
    assert (row.spending_limit_cents, row.is_active) == (None, False)


def test_services_are_told_in_the_order_of_their_keys(town, chen):
    path, data = service(town, "visit", key="8")
    chen.press(path, **data)
    path, data = service(town, "errand", key="5")
    chen.press(path, **data)
    page = chen.see(f"/enter?resident={town.ids['rose']}")
    assert page.index("Ride") < page.index("Repair") < page.index("Errand") < page.index("Visit")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "2"}, "Key 2 belongs to Ride"),
        ({"key": "9"}, "Please choose “Key”"),
        ({"key": "0"}, "Please choose “Key”"),
        ({"key": "7"}, "Please choose “Key”"),
        ({"name_en": "Ride"}, "already called Ride"),
        ({"name_en": "lunch"}, "already called lunch"),
        ({"spending_limit": "-3"}, "write a sum"),
        ({"name_en": "", "name_zh-CN": ""}, "at least one language"),
        ({"offer_minutes": "0"}, "from 0.05 to 240"),
        ({"wave_size": "2.5"}, "whole number"),
    ],
)
def test_a_service_that_cannot_be_is_refused_in_words(town, chen, changes, said):
    path, data = service(town, "errand", **changes)
    assert said in chen.press(path, 422, **data)
    row = one(town, Service, code="errand")
    assert (row.key, row.wave_size, row.names["en"]) == ("1", 3, "errand")


def test_rounds_are_as_large_as_the_community_wants_and_meals_never_get_a_key(town, chen):
    path, data = service(town, "meal", stops_max="2", key="6")
    chen.press(path, **data)
    row = one(town, Service, code="meal")
    assert (row.stops_max, row.key, row.is_active) == (2, None, True)
    assert "from 1 to 60" in chen.press(path, 422, **{**data, "stops_max": "0"})


def test_what_was_typed_stays_in_the_form_it_was_typed_into(town, chen):
    path, data = service(town, "errand", name_en="shopping trip", key="2")
    page = chen.press(path, 422, **data)
    assert page.count('value="shopping trip"') == 1


# ---- the line's numbers


def test_a_second_number_is_given_and_taken_back_and_is_nobody_elses(town, chen):
    other = town.row(Community, town.ids["other"]).number if "other" in town.ids else None
    chen.press("/settings/numbers", second_number="+86 10 5555 9999")
    assert town.row(Community, town.ids["community"]).second_number == "+861055559999"
    assert "+861055559999" in chen.see("/settings/numbers")
    own = town.row(Community, town.ids["community"]).number
    for taken in filter(None, (own, other)):
        assert "already" in chen.press("/settings/numbers", 422, second_number=taken), taken
    assert "not a telephone number" in chen.press("/settings/numbers", 422, second_number="soup")
    chen.press("/settings/numbers", second_number="")
    assert town.row(Community, town.ids["community"]).second_number is None


def test_a_number_for_practice_may_change_places_with_the_second(town, chen):
    one, two = "+861055559998", "+861055559999"
    chen.press("/settings/numbers", second_number=one, practice_number=two)
    chen.press("/settings/numbers", second_number=two, practice_number=one)
    community = town.row(Community, town.ids["community"])
    assert (community.second_number, community.practice_number) == (two, one)
    assert "already" in chen.press("/settings/numbers", 422, second_number=one, practice_number=one)


# ---- emergency number and zones


def test_the_emergency_number_is_changed_and_must_be_one(town, chen):
    chen.press("/settings/emergency", emergency_number="999")
    assert town.row(Community, town.ids["community"]).emergency_number == "999"
    for wrong in ("", "police", "1", "9" * 30):
        assert "digits" in chen.press("/settings/emergency", 422, emergency_number=wrong), wrong
    assert town.row(Community, town.ids["community"]).emergency_number == "999"


def test_zones_are_added_and_renamed_and_have_one_name_each(town, chen):
    chen.press("/settings/zones", name="北里")
    row = one(town, Zone, name="北里")
    assert row.position == 2
    assert "北里" in chen.see("/residents/new")
    chen.see("/settings")
    chen.press(f"/settings/zones/{row.id}", name="North Side")
    assert one(town, Zone, id=row.id).name == "North Side"
    assert "already an area" in chen.press("/settings/zones", 422, name="north side")
    assert "already an area" in chen.press(f"/settings/zones/{row.id}", 422, name="东里")
    assert "is needed" in chen.press("/settings/zones", 422, name="  ")
    chen.press(f"/settings/zones/{row.id}", name="north side")


# ---- staff


def test_somebody_new_gets_a_login_and_comes_on_duty(town, chen):
    chen.press("/settings/staff", **add_staff())
    row = one(town, Staff, name="Eva Neu")
    assert (row.role, row.phone, row.is_on_duty) == (Role.DISPATCHER, "+8613800000009", True)
    assert NEW not in chen.page
    assert Browser(town, town.app.test_client()).log_in("Eva Neu", NEW).status_code == 303


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Chen Li"}, "already somebody on the staff"),
        ({"name": ""}, "“Name” is needed"),
        ({"password": "short"}, "at least 12"),
        ({"role": "king"}, "Please choose “Role”"),
        ({"phone": "no number"}, "not a telephone number"),
        ({"phone": ""}, "“Phone” is needed"),
    ],
)
def test_somebody_who_cannot_be_added_is_refused_in_words(town, chen, changes, said):
    page = chen.press("/settings/staff", 422, **add_staff(**changes))
    assert said in page
    assert NEW not in page
    with town.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Staff.phone == "+8613800000009")) == 0


def test_a_new_password_ends_every_session_of_that_person(town, chen):
    dai = town.browser("Dai Fen")
    dai.see("/")
    path = f"/settings/staff/{town.ids['Dai Fen']}"
    chen.press(path, phone="138 0000 0001", role="dispatcher", password=NEW)
    assert dai.client.get("/").status_code == 302
    assert check_password(town.row(Staff, town.ids["Dai Fen"]), NEW)
    chen.press(path, phone="138 0000 0002", role="dispatcher", password="")
    assert check_password(town.row(Staff, town.ids["Dai Fen"]), NEW), "an empty field changes nothing"
    assert town.row(Staff, town.ids["Dai Fen"]).phone == "+8613800000002"
    assert "at least 12" in chen.press(path, 422, phone="138 0000 0001", role="dispatcher", password="x")


def test_ones_own_new_password_keeps_this_browser_and_ends_the_others(town, chen):
    other = town.browser()
    chen.press("/me/password", password=PASSWORD, new=NEW)
    chen.see("/settings")
    assert other.client.get("/").status_code == 302


def test_who_leaves_is_out_at_once_off_duty_and_can_come_back(town, chen):
    dai = town.browser("Dai Fen")
    dai.see("/")
    chen.press(f"/settings/staff/{town.ids['Dai Fen']}/leave")
    row = town.row(Staff, town.ids["Dai Fen"])
    assert (row.is_active, row.is_on_duty) == (False, False)
    with town.database.read() as session:
        ended = session.scalars(sa.select(StaffSession.ended_at).where(StaffSession.staff_id == row.id)).all()
        assert ended
        assert all(ended)
    assert dai.client.get("/").status_code == 302
    assert Browser(town, town.app.test_client()).log_in("Dai Fen").status_code == 403
    assert "at least 12" in chen.press(f"/settings/staff/{row.id}/return", 422, password="short")
    chen.press(f"/settings/staff/{row.id}/return", password=NEW)
    assert Browser(town, town.app.test_client()).log_in("Dai Fen", NEW).status_code == 303


def test_nobody_takes_the_settings_from_herself(town, chen):
    mine = f"/settings/staff/{town.ids['Chen Li']}"
    assert "your own" in chen.press(f"{mine}/leave", 422)
    assert "your own" in chen.press(mine, 422, phone="138 0000 0001", role="auditor", password="")
    assert town.row(Staff, town.ids["Chen Li"]).role is Role.COORDINATOR


def test_who_only_reads_is_never_on_duty(town, chen):
    chen.press(f"/settings/staff/{town.ids['Dai Fen']}", phone="138 0000 0001", role="auditor", password="")
    row = town.row(Staff, town.ids["Dai Fen"])
    assert (row.role, row.is_on_duty) == (Role.AUDITOR, False)
    chen.press("/settings/staff", **add_staff(role="auditor"))
    assert not one(town, Staff, name="Eva Neu").is_on_duty


def test_whoever_is_on_duty_has_a_telephone(town, chen):
    path = f"/settings/staff/{town.ids['Dai Fen']}"
    assert "“Phone” is needed" in chen.press(path, 422, phone="", role="dispatcher", password="")
    with town.database.begin() as session:
        session.execute(sa.update(Staff).where(Staff.name == "Chen Li").values(phone=None))
    assert "“Phone” is needed" in chen.press(f"/settings/duty/{town.ids['Chen Li']}", 422, on="1")


def test_the_settings_have_names_in_every_language_of_the_board(chen):
    for part, many in (("services", 6), ("meals", 2)):
        page = chen.see(f"/settings/{part}")
        assert len(re.findall(r'name="name_zh-CN"', page)) == len(re.findall(r'name="name_en"', page)) == many


def test_a_login_is_a_password_kept_only_as_a_hash(town, chen):
    chen.press("/settings/staff", **add_staff())
    assert one(town, Staff, name="Eva Neu").password_hash.startswith("$argon2")
    assert PASSWORD not in chen.page
