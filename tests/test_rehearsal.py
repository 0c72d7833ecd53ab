"""How a change of the settings will sound is shown before it is saved: the very words that the next caller hears."""

import html
import re

import pytest
from board_town import Browser
from sqlalchemy import func, select
from test_own_services import GARDEN, form_of
from test_studio import wav
from town import DUTY, MEI, PASSWORD

from dispatch import recording
from models.people import Role, Staff
from models.places import Announcement, Community, Service
from models.recorded import RecordedPrompt
from models.settled import SettingChange
from models.traffic import Recording

HOURS = {"opens_at": "08:00", "closes_at": "20:00", "quiet_from": "21:00", "quiet_until": "08:00",
         "days": ["mon", "tue", "wed", "thu", "fri"]}  # fmt: skip


@pytest.fixture
def chen(town, rose):
    """The coordinator at the board; somebody here speaks Mandarin."""
    town.resident("Mei Wang", MEI, language="zh-CN")
    town.staff("Chen", DUTY, role=Role.COORDINATOR)
    browser = Browser(town, town.app.test_client())
    browser.log_in("Chen", PASSWORD)
    browser.see("/settings")
    return browser


def heard(page, language="en"):
    """The words that the page says are heard in that language."""
    part = re.search(r'<section class="panel heard".*?</section>', page, re.DOTALL)[0]
    lines = re.findall(rf'<p class="spoken" lang="{language}"[^>]*>(.*?)</p>', part, re.DOTALL)
    return " ".join(html.unescape(" ".join(re.sub(r"<[^>]+>", " ", line).split())) for line in lines)


def kept(town):
    """What of it could have been kept: services, changes, the community's own number of versions."""
    with town.database.read() as session:
        counted = [
            session.scalar(select(func.count()).select_from(kind)) for kind in (Service, SettingChange, Announcement)
        ]
        return [*counted, session.get_one(Community, town.community_id).emergency_number]


def test_what_is_shown_before_saving_is_what_the_next_caller_hears(town, rose, chen):
    chen.see("/settings/services")
    before = kept(town)
    page = chen.press("/settings/services", **GARDEN, show="1")
    shown = heard(page)
    assert "Gardening: press 5." in shown
    assert "园艺" in heard(page, "zh-CN")
    assert "Nothing is saved yet" in page
    assert 'value="gardening"' in page, "what was typed is still there, to be saved"
    assert kept(town) == before
    rose.dial()
    assert "Gardening" not in rose.press("2")
    rose.hang_up()
    chen.press("/settings/services", **GARDEN)
    rose.dial()
    rose.press("1")  # she goes on where she was cut off
    assert rose.heard.endswith(shown)


def test_what_is_valid_now_is_on_the_page(town, chen):
    assert "Errand: press 1." in heard(chen.see("/settings/services"))
    assert "One moment" in heard(chen.see("/settings/hours"))
    assert "There is no news today" in heard(chen.see("/news"))


def test_what_is_wrong_is_said_and_not_shown(town, chen):
    path, form = form_of(town, "errand", key="2")
    page = chen.press(path, 422, **form, show="1")
    assert "Key 2 belongs to Ride" in page
    assert "Nothing is saved yet" not in page


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/settings/emergency", {"emergency_number": "999"}, "hang up and dial 999"),
        ("/news", {"words_en": "Free soup", "from_date": "2026-11-23", "until_date": "2026-11-24"}, "Free soup"),
        ("/news", {"words_en": "Free soup", "from_date": "2026-12-23", "until_date": "2026-12-24"}, "Free soup"),
        ("/settings/hours", {**HOURS, "days": []}, "The office is closed now"),
        ("/settings/meals/1", {"name_en": "midday meal", "cutoff": "10:30", "serve_from": "11:30", "serve_until": "13:00"},
         "For midday meal today, press 1."),
        ("/settings/meals/1", {"name_en": "midday meal", "cutoff": "10:30", "serve_from": "11:30", "serve_until": "13:00"},
         "until 10:30"),
        ("/settings/meals/1",
         {"name_en": "midday meal", "cutoff": "08:30", "cutoff_days": "1", "serve_from": "11:30", "serve_until": "13:00"},
         "Wednesday 25 November until tomorrow at 8:30 AM"),
    ],
)  # fmt: skip
def test_each_part_that_is_heard_can_be_tried_out_and_nothing_is_kept(town, chen, path, form, words):
    before = kept(town)
    page = chen.press(path, **form, show="1")
    assert words in heard(page)
    assert kept(town) == before
    assert "Saved" not in page


def test_a_recording_is_played_in_place_of_the_machine_voice(town, chen):
    with town.database.begin() as session:
        row = Recording(
            community_id=town.community_id, recording_sid="UP" + "0" * 32, seconds=2, audio=wav("No emergencies here"),
            media_type="audio/wav", made_at=town.now, fetched_at=town.now,
        )  # fmt: skip
        session.add(row)
        staff = session.scalars(select(Staff)).one()
        recording.keep_prompt(session, staff, row, language="en", key="unwell_choice", now=town.now)
    assert len(town.rows(RecordedPrompt)) == 1
    page = chen.see("/settings/services")
    assert 'src="/recordings/1"' in page
    assert "instead of the machine voice" in heard(page)
    assert "If you are not well" not in heard(page)
    assert "我" in heard(page, "zh-CN") or "请按7" in heard(page, "zh-CN")
