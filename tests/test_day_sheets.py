"""The day sheet lies on the machine's own disk, young and whole, for the day the network is down."""

import re
import stat
from datetime import timedelta

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch.board.sheet_file import day_sheet
from dispatch.day_sheets import DaySheets, file_of
from models.places import Community
from models.tasks import Alert, AlertKind

ELDER, DOOR = "Rose Miller", "Ring twice"


class Desk:
    """A town whose sheets are kept, with a stopwatch turned by hand."""

    def __init__(self, town, folder, draw=day_sheet):
        self.town, self.folder, self.seconds, self.draw = town, folder, 0.0, draw
        self.sheets = DaySheets(
            town.database, folder, draw=lambda *a, **k: self.draw(*a, **k), stopwatch=self.stopwatch
        )

    def stopwatch(self):
        return self.seconds

    def wait(self, minutes):
        """Time passes, and the sweep looks every second; here every half minute."""
        for _ in range(int(minutes * 2)):
            self.seconds += 30
            self.town.now += timedelta(seconds=30)
            self.sheets.keep(now=self.town.now)

    @property
    def file(self):
        with self.town.database.read() as session:
            return file_of(self.folder, session.get_one(Community, self.town.ids["community"]))

    @property
    def words(self):
        return self.file.read_text(encoding="utf-8")

    @property
    def alarms(self):
        with self.town.database.read() as session:
            rows = sa.select(Alert.id).where(Alert.kind == AlertKind.NO_SHEET, Alert.closed_at.is_(None))
            return len(session.scalars(rows).all())


@pytest.fixture
def desk(tmp_path):
    town = build_town(tmp_path)
    town.errand()
    desk = Desk(town, tmp_path / "sheets")
    desk.sheets.keep(now=town.now)
    return desk


def test_it_holds_everything_open_and_needs_nothing_beside_it(desk):
    assert ELDER in desk.words
    assert DOOR in desk.words
    assert "170 0000 2001" in desk.words
    assert "<style>" in desk.words
    assert not re.search(r'<script|<link|<form|(?:src|href)="(?!tel:)|url\(|@import|https?://', desk.words)


def test_it_is_in_the_communitys_language(desk):
    assert '<html lang="zh-CN">' in desk.words
    assert "当日清单" in desk.words


def test_only_we_can_read_it(desk):
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(desk.folder.stat().st_mode) == 0o700


def test_it_is_never_older_than_five_minutes(desk):
    for _ in range(12):
        desk.wait(1.5)
        with desk.town.database.read() as session:
            age = desk.town.now - session.get_one(Community, desk.town.ids["community"]).sheet_at
        assert age <= timedelta(minutes=5)
    desk.town.errand("gao", "Light bulbs")
    desk.wait(5)
    assert "Light bulbs" in desk.words


def test_each_community_has_its_own_and_nothing_else_is_left_lying_about(desk):
    desk.wait(10)
    assert sorted(path.name for path in desk.folder.iterdir()) == ["day-sheet-1.html", "day-sheet-2.html"]
    assert ELDER not in (desk.folder / "day-sheet-2.html").read_text(encoding="utf-8")


def test_a_writing_that_fails_leaves_the_old_one_whole_and_staff_are_told_when_it_is_too_old(desk, caplog):
    before, good = desk.words, desk.draw

    def broken(*_, **__):
        raise OSError("the disk is full")

    desk.draw = broken
    desk.wait(10)
    assert desk.words == before
    assert desk.alarms == 0
    assert "could not be written" in caplog.text
    assert "Rose" not in caplog.text
    desk.wait(10)
    assert desk.alarms == 2, "in each community"
    page = desk.town.browser().see("/")
    assert "The day sheet cannot be written" in page
    desk.draw = good
    desk.wait(2)
    assert desk.alarms == 0
    assert desk.words != before


def test_a_folder_that_is_in_the_way_is_no_reason_to_stop(tmp_path):
    town = build_town(tmp_path)
    (tmp_path / "sheets").write_text("a file")
    desk = Desk(town, tmp_path / "sheets")
    desk.wait(20)
    assert desk.alarms == 2
    (tmp_path / "sheets").unlink()
    desk.wait(2)
    assert desk.alarms == 0
    assert desk.file.exists()


def test_its_age_is_on_the_morning_page_and_with_the_backups(desk):
    desk.town.now += timedelta(minutes=3)
    chen = desk.town.browser()
    assert "Age of the day sheet on this machine: 3 min" in chen.see("/morning")
    assert "Age of the day sheet on this machine: 3 min" in chen.see("/keeping")
    desk.town.now += timedelta(minutes=30)
    for page in (chen.see("/morning"), chen.see("/keeping")):
        assert re.search(r"33 min</span>? *<span class=\"flag|33 min +<span class=\"flag", page)


def test_what_was_typed_by_people_stays_words(desk):
    desk.town.errand("gao", "<script>alert(1)</script>")
    desk.wait(5)
    assert "<script>" not in desk.words
    assert "&lt;script&gt;alert(1)" in desk.words
