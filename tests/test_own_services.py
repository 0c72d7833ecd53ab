"""A service of the community's own: added on the board, heard in the help menu at the next call, and done."""

import pytest
from board_town import Browser
from sqlalchemy import select
from town import DUTY, PASSWORD

from dispatch.board.pages.services import KEYS
from models.people import Role
from models.places import Service
from models.settled import SettingChange
from voice.places.helping import UNWELL

pytestmark = pytest.mark.both_databases

GARDEN = {
    "name_en": "gardening", "name_zh-CN": "园艺", "key": "5", "is_active": "on", "offer_minutes": "5", "wave_size": "3",
    "nudge_minutes": "60", "acknowledge_minutes": "15", "small_waves": "3", "helpers": "1", "spending_limit": "",
}  # fmt: skip


@pytest.fixture
def chen(town, rose):
    """The coordinator at the board."""
    town.staff("Chen", DUTY, role=Role.COORDINATOR)
    browser = Browser(town, town.app.test_client())
    browser.log_in("Chen", PASSWORD)
    browser.see("/settings/services")
    return browser


def service(town, code):
    """That service as it is now."""
    with town.database.read() as session:
        return session.scalars(select(Service).where(Service.code == code)).one()


def form_of(town, code, **changes):
    """Where a service is saved, and what its form would send."""
    row = service(town, code)
    names = {f"name_{tag}": name for tag, name in row.names.items()}
    boxes = {"is_active": "on"} if row.is_active else {}
    data = {**GARDEN, **names, "key": row.key or "", **boxes, **changes}
    return f"/settings/services/{row.id}", {name: value for name, value in data.items() if value is not None}


def help_menu(rose):
    """What the help menu says to somebody who rings now, or who was cut off in it and goes on."""
    heard = rose.press("1" if "You were asking for help" in rose.dial() else "2")
    rose.hang_up()
    return heard


def test_a_new_service_is_heard_at_the_next_call_asked_for_and_done(town, rose, sam, chen):
    chen.press("/settings/services", **GARDEN, like=service(town, "errand").id)
    rose.dial()
    assert "gardening: press 5" in rose.press("2").lower()
    rose.press("5")
    rose.press("1")
    rose.speak("The hedge, please")
    assert "looking for somebody: gardening" in rose.press("1").lower()
    rose.hang_up()
    town.seconds(5)
    assert any("gardening" in text.lower() for text in sam.inbox), sam.inbox
    assert "Rose" in sam.text("1")
    sam.text("3")
    (request,) = town.requests
    assert (str(request.state), request.service_id) == ("done", service(town, "gardening").id)


def test_whoever_texts_its_name_asks_for_it(town, rose, chen):
    chen.press("/settings/services", **GARDEN, like="")
    assert "What is needed" in rose.text("gardening tomorrow morning")
    rose.text("The hedge")
    assert [one.service_id for one in town.requests] == [service(town, "gardening").id]


def test_a_service_is_switched_off_and_on_again(town, rose, chen):
    path, form = form_of(town, "ride", is_active=None)
    chen.press(path, **form)
    assert "ride" not in help_menu(rose).lower()
    assert "switched off" in chen.see("/settings/services")
    chen.press(path, **form, is_active="on")
    assert "ride: press 2" in help_menu(rose).lower()


def test_a_key_that_is_given_up_is_free_for_another(town, rose, chen):
    path, ride = form_of(town, "ride", is_active=None)
    chen.press(path, **ride)
    errand_path, errand = form_of(town, "errand", key="2")
    chen.press(errand_path, **errand)
    assert "errand: press 2" in help_menu(rose).lower()
    assert "Key 2 belongs to Errand" in chen.press(path, 422, **ride, is_active="on")
    chen.press(path, **{**ride, "key": "1"}, is_active="on")
    heard = help_menu(rose).lower()
    assert heard.index("ride: press 1") < heard.index("errand: press 2")


def test_the_last_service_is_not_switched_off_nor_loses_its_key(town, chen):
    for code in ("ride", "repair", "visit"):
        path, form = form_of(town, code, is_active=None)
        chen.press(path, **form)
    for change in ({"is_active": None}, {"key": ""}):
        path, form = form_of(town, "errand", **change)
        assert "the last service on a key" in chen.press(path, 422, **form)
    assert service(town, "errand").is_active


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "1"}, "Key 1 belongs to Errand"),
        ({"key": ""}, "“Key” is needed"),
        ({"key": "7"}, "Please choose “Key”"),
        ({"name_en": " ", "name_zh-CN": ""}, "at least one language"),
        ({"name_en": "Errand"}, "already called Errand"),
        ({"name_en": "dinner"}, "already called dinner"),
        ({"helpers": "9"}, "from 1 to 4"),
    ],
)
def test_what_would_leave_a_caller_without_a_way_is_refused_in_words(town, chen, changes, said):
    page = chen.press("/settings/services", 422, **{**GARDEN, **changes})
    assert said in page
    assert "<details open>" in page, "what was typed is not lost"
    with town.database.read() as session:
        assert len(session.scalars(select(Service)).all()) == 5


def test_what_was_added_by_mistake_is_offered_no_more(town, rose, chen):
    chen.press("/settings/services", **GARDEN, like="")
    (change,) = town.rows(SettingChange)
    chen.press(f"/settings/changes/{change.id}/back", next="/settings/changes")
    assert "gardening" not in help_menu(rose).lower()


def test_two_services_of_one_english_name_in_plain_letters_have_codes_of_their_own(town, chen):
    chen.press("/settings/services", **GARDEN, like="")
    chen.press("/settings/services", **{**GARDEN, "name_en": "Gardening!", "name_zh-CN": "花园", "key": "6"}, like="")
    chen.press("/settings/services", **{**GARDEN, "name_en": "", "name_zh-CN": "理发", "key": "8"}, like="")
    assert [one.code for one in town.rows(Service)][-3:] == ["gardening", "gardening_2", "service"]


def test_no_service_can_have_the_key_of_whoever_is_not_well():
    assert UNWELL not in KEYS
