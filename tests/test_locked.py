"""What is most personal is locked in the database and in every copy of it, while there is a key: and nothing else changes."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_forgetting import ADDRESS, DIET, WORDS, ask_for_milk, found, live, person
from town import ANNA, ROSE

from dispatch.locking import lie_open, lock_all
from dispatch.sealing import seal_history, verify
from models.copies import make_copy
from models.database import Database, open_engine
from models.events import Event
from models.keyring import PLAIN, Keyring, WrongKey, name_in
from models.locked import LockedBytes, LockedJson, LockedText, locked_columns
from models.people import Resident
from models.scrubbing import scrub
from models.traffic import Message, Recording
from scripts.commands import main
from scripts.settings import Settings, SettingsError

KEY, OTHER = "a1" * 32, "b2" * 32
# What nobody may find in the file. Names and numbers stay open: they are searched.
CANARIES = ("Zanzibar", "jackfruitium", "zygomatic", "gnomelet", "sounded tired")


def build(folder, key=KEY):
    """The town of test_forgetting, with a key."""
    return found(folder, environ={"LINLI_DATABASE__FIELD_KEY": key})


@pytest.fixture
def town(tmp_path):
    """With a key."""
    town = build(tmp_path)
    yield town
    town.go_down()


def found_in(folder, canaries=CANARIES):
    """Which of them stand in which file, byte for byte: the database, its log, its copies."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".html",)]
    assert any(path.stat().st_size for path in files)
    return sorted({f"{path.name}: {word}" for path in files for word in canaries if word.encode() in path.read_bytes()})


def at(town, key):
    """The same database, opened with other keys."""
    return Database(open_engine(town.settings.database.url, Keyring(key.split())))


def test_nothing_of_it_stands_in_the_database_its_log_or_a_backup(town, tmp_path):
    live(town)
    make_copy(town.settings.database.url, tmp_path / "copy.db", now=town.now)
    assert found_in(tmp_path) == []
    with town.database.read() as session:
        her = person(session)
        assert (her.address, her.diet, her.door_note) == (ADDRESS, DIET, "the gnomelet has the key")
        assert WORDS in [row.body for row in session.scalars(sa.select(Message))]


def test_without_a_key_all_of_it_stands_there(tmp_path):
    town = build(tmp_path, "")
    live(town)
    assert {line.split(": ")[1] for line in found_in(tmp_path)} == set(CANARIES)


def test_what_was_spoken_is_no_sound_in_the_file(town, tmp_path):
    ask_for_milk(town)
    with town.database.read() as session:
        audio = session.scalars(sa.select(Recording.audio)).first()
        raw = session.execute(sa.text("SELECT audio FROM recordings")).scalar_one()
    assert audio.startswith(b"RIFF")
    assert raw.startswith(b"enc1:")
    assert audio[:64] not in (tmp_path / "linli.db").read_bytes() + (tmp_path / "linli.db-wal").read_bytes()


def test_the_history_stays_whole_and_its_words_are_locked(town):
    live(town)
    while seal_history(town.database):
        pass
    lock_all(at(town, f"{OTHER} {KEY}"))
    with at(town, OTHER).read() as session:
        assert verify(session).is_whole
        why = session.scalars(sa.select(Event.why).where(Event.verb == "note")).first()
    assert "sounded tired" in why


def test_what_was_there_before_is_locked_by_one_command_and_opened_by_the_same(tmp_path):
    town = build(tmp_path, "")
    live(town)
    town.go_down()
    url = {"LINLI_DATABASE__URL": town.url, "LINLI_BACKUP__FOLDER": str(tmp_path / "b")}

    def linli(*words, key):
        ended = CliRunner(env={**url, "LINLI_DATABASE__FIELD_KEY": key}).invoke(main, list(words))
        assert not ended.exception or isinstance(ended.exception, SystemExit), ended.exception
        return ended

    assert "locked with the first key" in linli("encrypt", key=KEY).stdout
    assert found_in(tmp_path) == []
    assert linli("encrypt", key=KEY).stdout.startswith("0 fields")
    assert linli("encrypt", key=f"{OTHER}, {KEY}").exit_code == 0
    ended = linli("export", "requests", "--format", "csv", key=KEY)  # the older key opens nothing any more
    assert ended.exit_code != 0
    assert "locked with a key that the settings do not name" in ended.stderr
    assert "Zanzibar" in linli("export", "residents", "--format", "csv", key=OTHER).stdout
    assert linli("encrypt", key=f"plain\n{OTHER}").stdout.endswith("as they were made.\n")
    assert "Zanzibar" in linli("export", "residents", "--format", "csv", key="").stdout
    assert {line.split(": ")[1] for line in found_in(tmp_path)} == set(CANARIES)


def test_rows_from_before_and_after_are_read_alike(tmp_path):
    town = build(tmp_path, "")
    ask_for_milk(town, WORDS)
    with at(town, KEY).begin() as session:
        person(session).door_note = "the gnomelet has the key"
        her = person(session)
        assert her.address == ADDRESS
    with at(town, KEY).read() as session:
        her = person(session)
        assert (her.address, her.door_note) == (ADDRESS, "the gnomelet has the key")
        assert lie_open(session)
    with at(town, KEY).read() as session:
        assert session.scalar(sa.text("SELECT door_note FROM residents WHERE id = 1")).startswith("enc1:")


def test_while_it_is_locked_the_line_goes_on(town, tmp_path):
    live(town)
    newer = at(town, f"{OTHER} {KEY}")
    with town.database.begin() as session:  # a caller is being served by the server with the older settings
        person(session).door_note = "the gnomelet left"
    assert lock_all(newer) > 10
    with at(town, OTHER).read() as session:
        assert person(session).door_note == "the gnomelet left"
        assert lie_open(session) == []


@pytest.mark.parametrize("keys", ["", OTHER, f"plain {OTHER}"])
def test_a_missing_key_stops_the_start_with_a_sentence(town, keys):
    town.telephone(ROSE).text("1")
    town.go_down()
    env = {"LINLI_DATABASE__URL": town.url, "LINLI_DATABASE__FIELD_KEY": keys}
    ended = CliRunner(env=env).invoke(main, ["export", "residents", "--format", "csv"])
    assert ended.exit_code != 0
    assert "[database] field_key" in ended.stderr
    assert "Traceback" not in ended.output


def test_a_restore_without_the_key_says_so_and_changes_nothing(town, tmp_path):
    live(town)
    make_copy(town.settings.database.url, tmp_path / "copy.db", now=town.now)
    town.go_down()
    new = {"LINLI_DATABASE__URL": f"sqlite:///{tmp_path / 'new.db'}"}
    ended = CliRunner(env=new).invoke(main, ["restore", str(tmp_path / "copy.db")])
    assert ended.exit_code != 0
    assert "locked with a key that the settings do not name" in ended.stderr
    assert not (tmp_path / "new.db").exists()
    ended = CliRunner(env={**new, "LINLI_DATABASE__FIELD_KEY": KEY}).invoke(
        main, ["restore", str(tmp_path / "copy.db")]
    )
    assert ended.exit_code == 0, ended.output
    with Database(open_engine(new["LINLI_DATABASE__URL"], Keyring([KEY]))).read() as session:
        assert person(session).address == ADDRESS
    assert found_in(tmp_path) == []


def test_what_was_moved_from_one_field_to_another_is_not_read(town):
    with town.database.begin() as session:
        session.execute(sa.text("UPDATE residents SET diet = address WHERE id = 1"))
    with town.database.read() as session, pytest.raises(WrongKey, match="changed in the database"):
        session.scalars(sa.select(Resident.diet)).all()


def test_forgotten_is_forgotten_where_it_is_locked_too(town):
    from dispatch.forgetting import forget

    live(town)
    with town.database.begin() as session:
        forget(session, person(session), who="staff 1", now=town.now)
    town.wait(minutes=10)
    town.wait(hours=26)
    scrub(town.database.engine)
    words = ("Quintella", "Vexworth", "Zanzibar", "jackfruitium", "zygomatic", "gnomelet", ROSE[1:], ANNA[1:])
    with town.database.read() as session:
        left = [
            f"{column.table.name}.{column.name}"
            for column in locked_columns()
            for value in session.scalars(sa.select(column))
            if any(word in (value if isinstance(value, str) else json.dumps(value, default=str)) for word in words)
        ]
    assert left == []
    assert found_in(town.files, ("Quintella", "Vexworth", ROSE[1:])) == []


def test_every_field_has_a_place_of_its_own_and_what_is_asked_by_stays_open():
    columns = list(locked_columns())
    named = {f"{column.table.name}.{column.name}" for column in columns}
    assert {
        "residents.address", "residents.door_note", "residents.diet", "residents.hardship", "staff.code_secret",
        "help_requests.note", "help_requests.receipt", "jobs.yes_words", "messages.body", "messages.says", "calls.says",
        "calls.talk", "threads.talk", "recordings.audio", "answered_turns.answer", "callbacks.details",
        "alerts.details", "events.why", "merges.was", "corrections.why", "kitchen_counts.lines",
    } == named  # fmt: skip
    assert all(column.type.place for column in columns)


KINDS = (LockedText("x", 40), LockedText("x"), LockedJson("x"), LockedBytes("x"))


@pytest.mark.parametrize("keys", [(), (KEY,), (OTHER, KEY), (PLAIN, KEY)])
@given(words=st.one_of(st.text(), st.from_regex(r"(enc1|raw1):[0-9a-f]{8}:[A-Za-z0-9_=-]{38,60}", fullmatch=True)))
def test_whatever_anybody_writes_is_read_as_it_was_written(keys, words):
    dialect = sa.create_engine("sqlite://").dialect
    dialect.keyring = Keyring(keys)
    for kind, value in zip(KINDS, (words, words, [words, {"a": words}], words.encode()), strict=True):
        stored = kind.process_bind_param(value, dialect)
        if not isinstance(kind, LockedBytes) or not words.startswith("enc1:") or dialect.keyring.locks:
            assert kind.process_result_value(stored, dialect) == value
        if value and dialect.keyring.locks and not isinstance(kind, LockedJson):
            assert name_in(stored) == dialect.keyring.first


@pytest.mark.parametrize("text", ["short", "g" * 64, f"{KEY} {KEY}", f"{KEY} plain", "a1" * 31])
def test_a_key_that_is_none_is_refused_and_not_repeated(text):
    with pytest.raises(SettingsError) as error:
        Settings.load(None, {"LINLI_DATABASE__FIELD_KEY": text})
    assert "[database] field_key should be" in str(error.value)
    assert KEY not in str(error.value)


def test_keys_are_in_no_picture_of_the_settings(town):
    assert KEY not in repr(town.settings)
    assert town.settings.database.keyring.locks


def test_an_hour_later_too(town):
    """Sweeps, the outbox, alarms and counts read what they wrote."""
    live(town)
    town.wait(hours=3)
    with town.database.read() as session:
        assert lie_open(session) == []
    assert town.now - town.clock.now() < timedelta(seconds=1)
