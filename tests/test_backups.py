"""Backups: made while everybody goes on, read back before they count, missed aloud; and what a restore does and does not."""

import os
import shutil
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from board_town import Browser
from sqlalchemy.orm import Session
from town import KARL, LEE, MONDAY, PASSWORD, ROSE, SAM

from dispatch import holding, keeping
from dispatch.founding import add_staff
from dispatch.keeping import Kept, copy_now, keep_copies, superfluous
from dispatch.telling import tell, write_words
from models import copies
from models.anew import CODES_AHEAD, IDS_AHEAD
from models.copies import NoCopy, make_copy, unpack
from models.events import Event
from models.installation import Backup, installation
from models.people import Role, Volunteer
from models.places import Community
from models.presence import InUse, alone
from models.restoring import restore
from models.schema import METADATA, WrongVersion, ensure_current
from models.storage import sqlite_module
from models.tasks import AlertKind
from models.traffic import Call, Delivery, Message
from scripts.keeping import hold
from scripts.settings import Backups

HOUR = timedelta(hours=1)
both_databases = pytest.mark.both_databases


@pytest.fixture
def rule(tmp_path):
    """A copy every hour, kept for two weeks."""
    return Backups(folder=tmp_path / "copies", every_hours=1.0, keep_days=14)


def is_on_server(town):
    """Is this town's database on a server?"""
    return town.url.startswith("postgresql")


def restored(town, file):
    """The town after its database broke and a backup was put in its place."""
    town.database.engine.dispose()
    done = restore(town.url, file, now=town.now)
    hold(town.database, now=town.now)
    town.clock.shown += timedelta(seconds=2)
    return done


def board_of(town, name="Cora", role=Role.COORDINATOR):
    """Somebody who looks at the board."""
    with town.database.begin() as session:
        community = session.get_one(Community, town.community_id)
        add_staff(
            session, community, name=name, role=role, phone=None, is_on_duty=False, password=PASSWORD, language="en"
        )
    browser = Browser(town, town.app.test_client())
    browser.log_in(name, PASSWORD)
    return browser


def rows_in(file, table):
    """How many rows a copy holds."""
    connection = sqlite_module().connect(str(file))
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    finally:
        connection.close()


def promise(town, phone, words):
    """Staff write something; it has not left yet."""
    with town.database.begin() as session:
        community = session.get_one(Community, town.community_id)
        row = write_words(session, community, phone, words, who="staff 1", now=town.now)
        session.flush()
        return row.id


# --- making one -------------------------------------------------------------------------------------------------------


@both_databases
def test_a_backup_is_one_file_for_its_owner_alone_and_holds_everything(town, rule):
    town.resident("Rose", ROSE)
    town.menu("Soup")
    town.telephone(ROSE).dial()
    town.telephone(ROSE).press("1")
    assert keep_copies(town.database, rule, now=town.now) == 1
    [file] = rule.folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert rule.folder.stat().st_mode & 0o777 == 0o700
    [row] = town.rows(Backup)
    assert (row.name, row.size_bytes, row.verified_at, row.fault) == (file.name, file.stat().st_size, town.now, "")
    assert file.name.startswith("linli-20261123T140000Z-0")
    assert [rows_in(file, table) for table in ("residents", "help_requests", "dishes")] == [1, 1, 1]


@both_databases
def test_a_copy_of_either_database_holds_the_same_values(town, tmp_path):
    """What is nothing, what is `null`, instants, bytes, and how far the ids have come."""
    town.resident("Rosé 玫瑰", ROSE, contact=("Ann", KARL))
    town.menu("Soup")
    town.telephone(ROSE).dial()
    town.telephone(ROSE).press("1")
    copy = make_copy(town.url, tmp_path / "a.db", now=town.now)
    unpack(copy.file, tmp_path / "b.db")
    engine = sa.create_engine(f"sqlite:///{tmp_path}/b.db", module=sqlite_module())
    with town.database.read() as here, Session(engine) as there:
        for table in METADATA.sorted_tables:
            by_id = [table.c.id] if "id" in table.c else list(table.c)
            query = sa.select(table).order_by(*by_id)
            assert [tuple(r) for r in here.execute(query)] == [tuple(r) for r in there.execute(query)], table.name
        nothing = sa.text("SELECT count(*) FROM calls WHERE talk IS NULL")
        assert here.scalar(nothing) == there.scalar(nothing)


@both_databases
def test_orders_go_on_while_a_copy_is_made_and_the_copy_is_of_one_moment(town, tmp_path, monkeypatch):
    """Small steps, and somebody writes between every two of them."""
    monkeypatch.setattr(copies, "_PAGES", 4)
    stop = threading.Event()
    written = []

    def write():
        while not stop.is_set():
            with town.database.begin() as session:
                session.execute(sa.update(Community).values(next_code=Community.next_code + 1))
                session.add(Event(community_id=town.community_id, at=town.now, who="clock", verb="x"))
            written.append(1)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        made = []
        while len(made) < 3:
            before = len(written)
            made.append(make_copy(town.url, tmp_path / f"{len(made)}.db", now=town.now))
            assert len(written) > before
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    for copy in made:
        connection = sqlite_module().connect(str(copy.file))
        code, events = connection.execute("SELECT next_code, (SELECT count(*) FROM events) FROM communities").fetchone()
        connection.close()
        assert code - 11 == events == copy.label.rows["events"]  # each transaction took a code and wrote one event


@both_databases
def test_what_is_written_meanwhile_is_not_in_it(town, tmp_path, monkeypatch):
    """Somebody writes after the copy has begun and before it has come to the rows."""
    room, name = (copies.server_rows, "_tables_of") if is_on_server(town) else (copies, "_counted")
    begun = getattr(room, name)

    def begin_and_write(*about):
        found = begun(*about)
        with town.database.begin() as session:
            session.add(Event(community_id=town.community_id, at=town.now, who="clock", verb="x"))
        return found

    monkeypatch.setattr(room, name, begin_and_write)
    copy = make_copy(town.url, tmp_path / "a.db", now=town.now)
    assert rows_in(copy.file, "events") == 0
    assert len(town.rows(Event)) == 1


def test_what_is_half_written_never_has_the_name_of_a_backup(town, rule, monkeypatch):
    def broken(*_, **__):
        assert [file.name for file in rule.folder.iterdir()] == [".unfinished"]
        raise NoCopy("The backup is damaged: as an exercise.")

    monkeypatch.setattr(copies, "unpack", broken)
    assert keep_copies(town.database, rule, now=town.now) == 0
    assert list(rule.folder.iterdir()) == []
    [row] = town.rows(Backup)
    assert (row.verified_at, row.fault) == (None, "The backup is damaged: as an exercise.")


@both_databases
def test_a_copy_that_a_disk_spoils_on_the_way_does_not_count(town, rule, monkeypatch):
    room, name = (copies.server_rows, "copy_to_file") if is_on_server(town) else (copies, "_copy_file")
    spoiled = getattr(room, name)

    def spoil(url, draft, **more):
        said = spoiled(url, draft, **more)
        connection = sqlite_module().connect(str(draft))
        connection.execute("DELETE FROM zones WHERE id = (SELECT max(id) FROM zones)")
        connection.commit()
        connection.close()
        return said

    monkeypatch.setattr(room, name, spoil)
    assert keep_copies(town.database, rule, now=town.now) == 0
    assert "does not hold what its label says" in town.rows(Backup)[0].fault
    assert list(rule.folder.iterdir()) == []


def test_what_a_killed_backup_left_is_thrown_away_by_the_next(town, rule):
    (rule.folder / ".unfinished").mkdir(parents=True)
    (rule.folder / ".unfinished" / "draft.db").write_bytes(b"half")
    assert keep_copies(town.database, rule, now=town.now) == 1
    assert len(list(rule.folder.iterdir())) == 1


def test_two_do_not_make_one_in_the_same_folder(town, rule):
    rule.folder.mkdir()
    with alone(rule.folder, "x"), pytest.raises(InUse, match="Another backup"):
        copy_now(town.database, rule.folder, now=town.now)
    assert "Another backup" in town.rows(Backup)[0].fault


# --- when, and for how long -------------------------------------------------------------------------------------------


def test_one_is_made_when_it_is_due_and_not_before(town, rule):
    made = []
    for minutes in (0, 10, 59, 60, 61, 119, 120):
        town.clock.shown = MONDAY + timedelta(minutes=minutes)
        made.append(keep_copies(town.database, rule, now=town.now))
    assert made == [1, 0, 0, 1, 0, 0, 1]


def test_after_one_that_failed_there_is_a_pause(town, rule, monkeypatch):
    tried = []
    monkeypatch.setattr(keeping, "make_copy", lambda *_, **__: tried.append(1) or (_ for _ in ()).throw(NoCopy("no")))
    for second in range(0, 1260, 60):
        keep_copies(town.database, rule, now=MONDAY + timedelta(seconds=second))
    assert len(tried) == 3


def test_a_file_that_is_gone_or_cut_off_is_noticed_and_replaced(town, rule):
    keep_copies(town.database, rule, now=town.now)
    [first] = rule.folder.iterdir()
    first.unlink()
    for minutes in (15, 16, 30, 31):
        town.clock.shown = MONDAY + timedelta(minutes=minutes)
        keep_copies(town.database, rule, now=town.now)
        if minutes == 16:
            [second] = rule.folder.iterdir()
            second.write_bytes(second.read_bytes()[:-4096])
    faults = [row.fault for row in town.rows(Backup)]
    assert faults == ["Its file is gone.", "Its file is not as long as it was.", ""]


def at(days=0, hours=0, is_good=True):
    """A backup of so long ago."""
    return Kept(f"{days}d{hours}h{'' if is_good else 'x'}", MONDAY - timedelta(days=days, hours=hours), is_good)


@pytest.mark.parametrize(
    ("kept", "go"),
    [
        ([at(0), at(0, 1), at(1, 23)], set()),
        ([at(0), at(3, 1), at(3, 2), at(3, 3)], {"3d2h", "3d3h"}),  # of a day the last stays
        ([at(0), at(3, 1, is_good=False), at(3, 2)], {"3d1hx"}),  # the last good one
        ([at(0, 1, is_good=False), at(0)], set()),  # what failed of late stays to be seen
        ([at(0), at(13), at(15)], {"15d0h"}),
        ([at(40), at(41)], {"41d0h"}),  # the last one of all stays, however old
        ([at(40), at(3, is_good=False)], {"3d0hx"}),
        ([], set()),
    ],
)
def test_old_ones_are_thinned_out(kept, go):
    assert superfluous(kept, keep_days=14, now=MONDAY) == go


def test_thinning_takes_files_and_rows(town, rule):
    for hours in range(0, 24 * 5, 12):
        keep_copies(town.database, rule, now=MONDAY + timedelta(hours=hours))
    names = {row.name for row in town.rows(Backup)}
    assert {file.name for file in rule.folder.iterdir()} == names
    assert len(names) == 7  # 48 hours of two a day, and one for each of the three days before


# --- when there is none -----------------------------------------------------------------------------------------------


def no_backup_alerts(town):
    return [alert for alert in town.alerts if alert.kind is AlertKind.NO_BACKUP]


def test_whoever_is_on_duty_is_told_after_26_hours_without_one_and_it_closes_by_itself(town, rule):
    dora = town.staff("Dora", "+12125550131")
    keep_copies(town.database, rule, now=town.now)
    rule.folder.chmod(0o500)
    moved = rule.folder.rename(rule.folder.with_name("unplugged"))
    rule.folder.write_text("no folder")  # nothing can be written there, whoever one is
    town.clock.shown = MONDAY + 25.9 * HOUR
    keep_copies(town.database, rule, now=town.now)
    assert no_backup_alerts(town) == []
    town.clock.shown = MONDAY + 26.1 * HOUR
    keep_copies(town.database, rule, now=town.now)
    keep_copies(town.database, rule, now=town.now)
    town.settle()
    assert len(no_backup_alerts(town)) == 1
    assert "no good backup" in " ".join(dora.inbox)
    page = board_of(town).see("/keeping")
    assert "failed" in page
    rule.folder.unlink()
    moved.chmod(0o700)
    moved.rename(rule.folder)
    town.clock.shown = MONDAY + 27 * HOUR
    keep_copies(town.database, rule, now=town.now)
    assert no_backup_alerts(town) == []


def test_a_new_installation_has_26_hours_for_its_first_one(town, rule, monkeypatch):
    monkeypatch.setattr(keeping, "make_copy", lambda *_, **__: (_ for _ in ()).throw(NoCopy("no")))
    for hours in (0, 25, 27, 100):
        keep_copies(town.database, rule, now=MONDAY + hours * HOUR)
        assert len(no_backup_alerts(town)) == (hours > 26)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="only root mounts a small disk")
def test_a_full_disk_is_said_and_leaves_room_for_orders(town, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        rule = Backups(folder=disk / "copies", every_hours=1.0, keep_days=14)
        assert keep_copies(town.database, rule, now=town.now) == 0
        assert "too little room" in town.rows(Backup)[0].fault
        assert list(rule.folder.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_up_meanwhile_is_said_and_nothing_is_left(town, rule, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies.shutil, "copyfile", full)
    assert keep_copies(town.database, rule, now=town.now) == 0
    assert town.rows(Backup)[0].fault == "The copy could not be written: no space left on device."
    assert list(rule.folder.iterdir()) == []


# --- restoring --------------------------------------------------------------------------------------------------------


@both_databases
def test_a_restore_brings_back_what_was_sends_nothing_again_and_uses_nothing_twice(town, rule):
    town.menu("Soup")
    rose, karl = town.resident("Rose", ROSE), town.resident("Karl", KARL)
    sam = town.volunteer("Sam", SAM)
    rose.dial()
    rose.press("1")
    rose.hang_up()
    waiting = promise(town, SAM, "Please ring the office")
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.settle()  # it leaves, after the backup
    assert len(sam.inbox) == 1
    taken_at = town.now
    town.wait(minutes=5)
    karl.dial()
    karl.press("1")
    karl.hang_up()
    lost = town.requests[-1]
    codes, ids = {r.code for r in town.requests}, {r.id for r in town.requests}
    town.wait(minutes=5)
    done = restored(town, copy.file)
    assert (done.taken_at, done.was_read) == (taken_at, True)
    with town.database.read() as session:
        house = installation(session)
        assert (house.epoch, house.carrier_read_until) == (1, taken_at)
        assert session.scalars(sa.select(Event.why).where(Event.verb == "restored")).one()
    assert done.set_aside
    assert lost.code not in {r.code for r in town.requests}
    town.wait(minutes=30)
    assert len(sam.inbox) == 1  # not sent again
    assert town.rows(Message, id=waiting)[0].state is Delivery.QUEUED
    karl.dial()
    karl.press("1")
    karl.hang_up()
    again = town.requests[-1]
    assert again.code not in codes
    assert again.code >= max(codes) + CODES_AHEAD - len(codes)
    assert again.id not in ids
    assert again.id > IDS_AHEAD
    # The backup counts as a good one in the database that came of it.
    assert [(row.fault, row.size_bytes) for row in town.rows(Backup)] == [("", copy.file.stat().st_size)]


@both_databases
def test_what_reached_the_carrier_since_the_backup_is_taken_up_again(town, rule):
    town.menu("Soup")
    rose, karl = town.resident("Rose", ROSE), town.resident("Karl", KARL)
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.wait(minutes=2)
    rose.text("Please bring me milk, the door is open")
    karl.dial()
    karl.press("1")
    karl.hang_up()
    assert len(town.requests) == 1
    town.wait(minutes=10)
    restored(town, copy.file)
    assert (town.requests, town.messages, town.calls) == ([], [], [])
    town.wait(minutes=10)
    assert "milk" in " ".join(row.body for row in town.rows(Message, direction="inbound"))
    assert {row.phone for row in town.rows(Call, direction="outbound")} == {KARL}  # rung back: what he ordered is lost


@both_databases
def test_what_is_held_is_shown_and_leaves_only_when_somebody_releases_it(town, rule):
    sam, lee, dora = town.volunteer("Sam", SAM), town.volunteer("Lee", LEE), town.staff("Dora", "+12125550131")
    promise(town, SAM, "It had left before the disk broke")
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.settle()
    town.wait(minutes=1)
    restored(town, copy.file)
    # Something new for a volunteer waits as well, for what is known may be stale; staff are told at once.
    with town.database.begin() as session:
        somebody = session.scalars(sa.select(Volunteer).where(Volunteer.phone == LEE)).one()
        tell(session, somebody, "from_staff", now=town.now, words="It had not left")
    town.wait(minutes=3)
    assert len(sam.inbox) == 1
    assert lee.inbox == []
    assert "held until somebody looks" in " ".join(dora.inbox)
    cora = board_of(town)
    assert "2 texts and calls wait" in cora.see("/")
    page = cora.see("/keeping")
    assert "It had left before" in page
    assert "It had not left" in page
    dina = board_of(town, "Dina", Role.DISPATCHER)
    assert "2 texts and calls wait" in dina.see("/")
    dina.press("/keeping/release", status=403, which="all")
    cora.see("/keeping")
    cora.press("/keeping/release", which="all")
    town.wait(minutes=2)
    assert len(sam.inbox) == 1  # the carrier has it, so it is not sent again
    assert len(lee.inbox) == 1
    assert town.alerts == []
    assert "Nothing is held back" in cora.see("/keeping")
    assert "texts and calls wait" not in cora.see("/")
    promise(town, SAM, "As ever")
    town.settle()
    assert len(sam.inbox) == 2


@both_databases
def test_health_says_that_sending_is_held_until_everybody_has_released_it(town, rule):
    copy = copy_now(town.database, rule.folder, now=town.now)
    restored(town, copy.file)

    def look():
        return town.app.test_client().get("/healthz").json["look"]

    town.wait(minutes=1)
    assert "sending is held since a restore" in look()
    with town.database.begin() as session:
        holding.release_all(session, session.get(Community, town.community_id), who="staff 1", now=town.now)
    assert "sending is held since a restore" not in look()


def test_one_is_released_and_another_dropped_by_itself(town, rule):
    sam, lee = town.volunteer("Sam", SAM), town.volunteer("Lee", LEE)
    one, other = promise(town, SAM, "Come"), promise(town, LEE, "Do not come")
    copy = copy_now(town.database, rule.folder, now=town.now)
    restored(town, copy.file)
    cora = board_of(town)
    cora.see("/keeping")
    cora.press("/keeping/release", which=f"message {one}")
    cora.press("/keeping/drop", which=f"message {other}")
    cora.press("/keeping/drop", which=f"message {other}")  # twice is once
    town.wait(minutes=2)
    assert ["Come" in " ".join(sam.inbox), lee.inbox] == [True, []]
    dropped = town.rows(Message, id=other)[0]
    assert (dropped.state, dropped.error_code) == (Delivery.CANCELLED, "dropped")
    verbs = [event.verb for event in town.rows(Event)]
    assert (verbs.count("release_held"), verbs.count("drop_held")) == (1, 1)
    with town.database.read() as session:
        assert holding.how_many_held(session, session.get_one(Community, town.community_id)) == 0
    assert "let everything leave" in cora.see("/keeping")
    cora.press("/keeping/release", which="message 999999", status=404)
    cora.see("/keeping")
    cora.press("/keeping/release", which="nonsense", status=404)


@both_databases
def test_a_second_restore_holds_again_what_was_released_after_the_first(town, rule):
    sam = town.volunteer("Sam", SAM)
    promise(town, SAM, "Come")
    copy = copy_now(town.database, rule.folder, now=town.now)
    restored(town, copy.file)
    with town.database.begin() as session:
        holding.release_all(session, session.get_one(Community, town.community_id), who="staff 1", now=town.now)
    second = copy_now(town.database, rule.folder, now=town.now)
    restored(town, second.file)
    town.wait(minutes=10)
    assert sam.inbox == []
    with town.database.read() as session:
        assert installation(session).epoch == 2
        assert holding.how_many_held(session, session.get_one(Community, town.community_id)) == 1


@both_databases
def test_nobody_restores_while_somebody_has_the_database_open(town, rule):
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.rows(Backup)
    with pytest.raises(InUse, match="Linli is running"):
        restore(town.url, copy.file, now=town.now)
    town.database.engine.dispose()
    restore(town.url, copy.file, now=town.now)
    ensure_current(town.url)


def test_nobody_restores_a_damaged_database_while_linli_still_has_it_open(town, rule, tmp_path):
    copy = copy_now(town.database, rule.folder, now=town.now)
    (tmp_path / "linli.db").write_bytes(b"no database any more")
    with pytest.raises(InUse, match="Linli is running"):
        restore(town.url, copy.file, now=town.now)
    town.database.engine.dispose()
    restore(town.url, copy.file, now=town.now)
    ensure_current(town.url)


def test_nobody_restores_while_a_program_that_is_not_ours_has_the_file_open(town, rule, tmp_path):
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.database.engine.dispose()
    theirs = sqlite_module().connect(str(tmp_path / "linli.db"), isolation_level=None)
    theirs.execute("BEGIN")
    assert theirs.execute("SELECT count(*) FROM backups").fetchone() == (1,)
    with pytest.raises(InUse, match="everything else that has it open"):
        restore(town.url, copy.file, now=town.now)
    theirs.close()
    restore(town.url, copy.file, now=town.now)


@both_databases
def test_the_database_that_was_there_is_kept(town, rule):
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.resident("Rose", ROSE)
    aside = restored(town, copy.file).set_aside
    if is_on_server(town):
        with town.database.engine.connect() as connection:
            there = sa.table("residents", schema=aside.removeprefix("schema "))
            kept = connection.scalar(sa.select(sa.func.count()).select_from(there))
    else:
        kept = rows_in(aside, "residents")
        assert Path(aside).stat().st_mode & 0o077 == 0
    assert kept == 1
    assert town.rows(Backup)


@both_databases
def test_open_boards_look_anew_and_everybody_logs_in_again(town, rule):
    cora = board_of(town)
    cora.see("/")
    copy = copy_now(town.database, rule.folder, now=town.now)
    seen = cora.client.get("/board/version").text
    restored(town, copy.file)
    assert cora.client.get("/").status_code == 302
    with town.database.read() as session:
        assert session.get_one(Community, town.community_id).board_version > int(seen)


def damaged_in_the_middle(content):
    return content[: len(content) // 2] + bytes(8192) + content[len(content) // 2 + 8192 :]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: b"hello", "is no backup"),
        (lambda content: b"", "is no backup"),
        (lambda content: content[:-8192], "damaged"),
        (damaged_in_the_middle, "damaged"),
        (lambda content: content[:100] + bytes(4000) + content[4100:], "damaged"),
    ],
)
def test_a_file_that_is_damaged_or_no_backup_is_refused_and_nothing_is_changed(town, rule, spoil, says):
    town.resident("Rose", ROSE)
    copy = copy_now(town.database, rule.folder, now=town.now)
    copy.file.write_bytes(spoil(copy.file.read_bytes()))
    town.database.engine.dispose()
    with pytest.raises(NoCopy, match=says):
        restore(town.url, copy.file, now=town.now)
    assert len(town.rows(Backup)) == 1
    assert "before-restore" not in " ".join(file.name for file in rule.folder.parent.iterdir())


@both_databases
def test_a_backup_of_somebody_elses_tables_or_of_a_newer_program_is_refused(town, rule, tmp_path):
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.database.engine.dispose()
    connection = sqlite_module().connect(str(tmp_path / "recipes.db"))
    connection.execute("CREATE TABLE recipes (id INTEGER)")
    connection.close()
    with pytest.raises(NoCopy, match="no backup of Linli"):
        restore(town.url, tmp_path / "recipes.db", now=town.now)
    connection = sqlite_module().connect(str(copy.file), isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = 'zzzz'")
    connection.execute("UPDATE backup_label SET revision = 'zzzz'")
    connection.close()
    with pytest.raises(WrongVersion, match="newer version of Linli"):
        restore(town.url, copy.file, now=town.now)


def test_a_damaged_database_is_set_aside_with_its_log_and_replaced(town, rule, tmp_path):
    town.resident("Rose", ROSE)
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.database.engine.dispose()
    database = tmp_path / "linli.db"
    database.write_bytes(damaged_in_the_middle(database.read_bytes()))
    Path(f"{database}-wal").write_bytes(b"the log of the damaged one")
    database.write_bytes(b"no database at all" + database.read_bytes()[18:])
    done = restored(town, copy.file)
    assert done.was_read is False
    assert Path(f"{done.set_aside}-wal").read_bytes() == b"the log of the damaged one"
    assert not Path(f"{database}-wal").exists() or Path(f"{database}-wal").read_bytes() != b"the log of the damaged one"
    rose = town.telephone(ROSE)
    town.menu("Soup")
    rose.dial()
    rose.press("1")
    assert [r.code for r in town.requests] == [11 + CODES_AHEAD]


def test_the_longer_ago_the_backup_the_further_the_codes_jump(town, rule, tmp_path):
    copy = copy_now(town.database, rule.folder, now=town.now)
    town.database.engine.dispose()
    (tmp_path / "linli.db").unlink()
    town.clock.shown += timedelta(days=2, hours=1)
    restored(town, copy.file)
    with town.database.read() as session:
        assert session.get_one(Community, town.community_id).next_code == 11 + 3 * CODES_AHEAD


def test_a_bare_copy_of_a_file_with_its_log_can_be_restored_too(town, tmp_path):
    town.resident("Rose", ROSE)
    with town.database.begin() as session:
        installation(session).newest_at = town.now
    for ending in ("", "-wal"):
        shutil.copyfile(f"{tmp_path}/linli.db{ending}", f"{tmp_path}/bare.db{ending}")
    town.clock.shown += HOUR
    done = restored(town, tmp_path / "bare.db")
    assert done.taken_at == MONDAY
    assert len(town.rows(Community)) == 1
