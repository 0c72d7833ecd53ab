"""The clock: the machine's time, or what a file shows."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.clock import Clock
from scripts.settings import SettingsError

SHOWN = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "town.clock"


def is_near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(seconds=5)


def aged(file: Path, seconds: float) -> None:
    written = datetime.now(UTC).timestamp() - seconds
    os.utime(file, (written, written))


def test_without_a_file_it_is_the_time_of_day():
    clock = Clock()
    assert is_near(clock.now(), datetime.now(UTC))
    assert clock.now().utcoffset() == timedelta(0)
    assert not clock.is_wound


@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_an_absent_or_empty_file_is_the_time_of_day(file: Path, content: str | None):
    if content is not None:
        file.write_text(content)
    clock = Clock(file)
    assert is_near(clock.now(), datetime.now(UTC))
    assert not clock.is_wound


def test_it_ticks_on_from_when_the_file_was_written(file: Path):
    file.write_text("2026-11-23T09:30:00+08:00\n")
    aged(file, 3600)
    clock = Clock(file)
    assert is_near(clock.now(), SHOWN + timedelta(hours=1))
    assert clock.now() < clock.now()
    assert clock.is_wound


def test_frozen_it_stands_still(file: Path):
    file.write_text("2026-11-23T09:30:00+08:00 frozen")
    aged(file, 3600)
    clock = Clock(file)
    assert clock.now() == clock.now() == SHOWN


@pytest.mark.parametrize("text", ["2026-11-23T01:30:00Z", "2026-11-23 01:30+00:00", "2026-11-22T20:30:00-05:00 frozen"])
def test_ways_of_writing_an_instant(file: Path, text: str):
    clock = Clock(file)
    clock.write(text)
    assert is_near(clock.now(), SHOWN)


def test_winding_is_seen_by_everybody_at_once(file: Path):
    mine, theirs = Clock(file), Clock(file)
    for hour in range(1, 20):
        mine.write(f"2026-11-23T{hour:02}:00:00+00:00 frozen")
        assert theirs.now() == mine.now() == SHOWN.replace(hour=hour, minute=0)
    mine.write("")
    assert not theirs.is_wound
    assert list(file.parent.iterdir()) == [file]


def test_written_in_place_twice_in_one_moment_the_last_is_seen(file: Path):
    clock = Clock(file)
    moment = datetime.now(UTC).timestamp()  # the stamps of a file system come in steps
    for hour in range(10, 20):
        file.write_text(f"2026-11-23T{hour}:00:00+00:00 frozen")
        os.utime(file, (moment, moment))
        assert clock.now().hour == hour


def test_a_removed_file_is_the_time_of_day_again(file: Path):
    clock = Clock(file)
    clock.write("2026-11-23T09:30:00+08:00 frozen")
    assert clock.now() == SHOWN
    file.unlink()
    assert is_near(clock.now(), datetime.now(UTC))


@pytest.mark.parametrize("half", [b"2026-11-", b"2026-11-23T09:30:00", b"\xff\xfe", b"x" * 5000, b"frozen"])
def test_a_half_written_file_changes_nothing(file: Path, half: bytes):
    clock = Clock(file)
    clock.write("2026-11-23T09:30:00+08:00 frozen")
    assert clock.now() == SHOWN
    file.write_bytes(half)
    assert clock.now() == SHOWN
    clock.write("2026-11-23T09:31:00+08:00 frozen")
    assert clock.now() == SHOWN + timedelta(minutes=1)


@pytest.mark.parametrize(
    "text", ["2026-11-23T09:30:00", "tomorrow", "9999-12-31T23:59:59Z", "2026-11-23T09:30+08:00 thawed"]
)
def test_what_is_no_instant_is_refused(file: Path, text: str):
    clock = Clock(file)
    with pytest.raises(ValueError):  # noqa: PT011
        clock.write(text)
    assert not file.exists()
    file.write_text(text)
    with pytest.raises(SettingsError, match="clock_file should hold an instant with its offset"):
        Clock(file)


def test_places_where_no_file_can_be(tmp_path: Path):
    with pytest.raises(SettingsError, match="folder that exists"):
        Clock(tmp_path / "none" / "town.clock")
    with pytest.raises(SettingsError, match="readable file"):
        Clock(tmp_path)
    with pytest.raises(ValueError, match="clock_file is not set"):
        Clock().write("2026-11-23T09:30:00+08:00")


def test_it_is_cheap_to_ask(file: Path):
    clock = Clock(file)
    clock.write("2026-11-23T09:30:00+08:00")
    aged(file, 60)
    began = datetime.now(UTC)
    for _ in range(5000):
        clock.now()
    assert datetime.now(UTC) - began < timedelta(seconds=2)
