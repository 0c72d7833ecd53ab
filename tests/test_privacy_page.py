"""PRIVACY.md tells everything that is kept about people, in both languages, and what it says of time is so."""

import re
from pathlib import Path

import pytest

from models.people import Contact, Resident, Staff, Volunteer
from scripts.settings import KEYS

ROOT = Path(__file__).parent.parent
PAGES = {"en": ROOT / "PRIVACY.md", "zh-CN": ROOT / "PRIVACY.zh-CN.md"}
# By which words each column is told in each language; a column that is new needs its words on both pages.
EVERYBODYS = {"name": ("name", "姓名"), "phone": ("telephone number", "电话号码"), "language": ("language", "语言")}
ENROLLED = {
    "other_phone": ("one or two telephone numbers|telephone numbers", "一两个电话号码|电话号码"),
    "enrolled_at": ("[Ww]hen and how", "什么时候、怎样同意"), "consent": ("[Ww]hen and how", "什么时候、怎样同意"),
    "withdrawn_at": ("nothing any more", "什么都不要了|不要再问"),
    "latitude": ("place on the map", "地图上的位置"), "longitude": ("place on the map", "地图上的位置"),
}  # fmt: skip
TOLD = {
    Resident: EVERYBODYS | ENROLLED | {
        "zone_id": ("[Pp]art of the neighbourhood", "哪一片"), "address": ("address", "地址"),
        "door_note": ("note about the door", "门口的说明"), "diet": ("[Dd]iet", "忌口"), "pace": ("How slowly", "多慢"),
        "born_on": ("Date of\\s+birth", "出生日期"), "hardship": ("hardship", "困难情况"), "follows_id": ("Behind whom", "排在谁的后面"),
    },
    Contact: EVERYBODYS | {"resident_id": ("whose contact", "是谁的联系人")},
    Volunteer: EVERYBODYS | ENROLLED | {
        "days": ("days", "哪几天"), "max_per_day": ("how much", "做多少"), "hours": ("hours", "几点"), "max_per_week": ("how much", "做多少"),
        "quiet_from": ("own quiet hours", "自己的休息时间"), "quiet_until": ("own quiet hours", "自己的休息时间"), "reach_metres": ("how far", "走多远"),
        "speaks": ("other languages", "其他语言"), "vetted_until": ("checked by the office", "办公室审核"), "vehicle": ("on foot or by car", "步行还是开车"),
    },
    Staff: EVERYBODYS | {
        "role": ("what they may do", "能做什么"), "is_on_duty": ("on duty", "值班"), "password_hash": ("passwords", "密码"),
        "code_secret": ("app for codes", "验证码的应用"), "codes_since": ("app for codes", "验证码的应用"),
        "last_code": ("app for codes", "验证码的应用"), "spare_codes": ("app for codes", "验证码的应用"),
        "invite_hash": ("an invitation", "邀请"), "invite_salt": ("an invitation", "邀请"), "invited_until": ("until when it opens", "有效期"),
        "login_email": ("by which address", "邮箱地址"), "login_subject": ("another provider", "登录服务"),
        "pin_hash": ("PINs", "密码数字"), "morning_due_at": ("told of each morning", "每天早上"), "is_active": ("what they may do", "能做什么"),
    },
}  # fmt: skip
STRUCTURE = {"id", "community_id", "forgotten_at"}
PARAGRAPH = {
    Resident: ("**About a resident:**", "**关于老人："), Contact: ("**About a family member", "**关于联系人"),
    Volunteer: ("**About a helper:**", "**关于帮忙的人："), Staff: ("**About the office's staff:**", "**关于办公室人员："),
}  # fmt: skip


def paragraph(page, start):
    """The paragraph that begins so."""
    return page[page.index(start) :].split("\n\n")[0]


@pytest.mark.parametrize("kind", TOLD)
def test_everything_that_is_kept_about_people_is_told_in_both_languages(kind):
    assert set(kind.__table__.columns.keys()) - STRUCTURE == set(TOLD[kind])
    for at, file in enumerate(PAGES.values()):
        told = paragraph(file.read_text(), PARAGRAPH[kind][at])
        for column, words in TOLD[kind].items():
            assert re.search(words[at], told), f"{file.name}: {kind.__name__}.{column}"


def test_both_pages_have_the_same_parts_rows_and_open_ends():
    pages = [file.read_text() for file in PAGES.values()]
    for pattern in (r"^## ", r"^\| ", r"^- ", r"^\*\*"):
        assert len({len(re.findall(pattern, page, re.MULTILINE)) for page in pages}) == 1, pattern
    assert len({tuple(re.findall(r"<!-- to be made true: .*? -->", page)) for page in pages}) == 1


def test_how_long_backups_stay_is_what_the_settings_begin_with():
    days, hours = KEYS["backup", "keep_days"].default, KEYS["backup", "every_hours"].default
    assert hours == 1
    assert f"every hour and kept for {days} days" in PAGES["en"].read_text()
    assert f"每小时做一次，保留 {days} 天" in PAGES["zh-CN"].read_text()


def test_how_long_things_stay_is_what_the_settings_begin_with():
    days = [
        KEYS["retention", f"{kind}_days"].default
        for kind in ("recordings", "texts", "calls", "notes", "logins", "looks")
    ]
    assert days == [30, 90, 90, 365, 90, 180]
    for page, words in (
        ("en", ("30 days", "90 days", "a year", "180 days")),
        ("zh-CN", ("30 天", "90 天", "一年", "180 天")),
    ):
        assert all(word in PAGES[page].read_text() for word in words)


def test_what_it_leads_to_is_there():
    for file in PAGES.values():
        links = re.findall(r"\]\(([^)]+)\)", file.read_text())
        assert links
        for link in links:
            assert (ROOT / link).exists(), link
