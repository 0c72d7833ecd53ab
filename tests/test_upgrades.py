"""A new program on an old database: backed up first, changed whole or not at all; an old program leaves a new one alone."""

import os
import re
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from models.copies import make_copy
from models.restoring import restore
from models.schema import METADATA, build, ensure_current, migrate, own_version, revision_of
from models.storage import sqlite_module
from scripts.commands import main

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def opened(file):
    """A bare connection."""
    return sqlite_module().connect(str(file), isolation_level=None)


@pytest.fixture
def old(tmp_path):
    """A database of the first version, with something in it."""
    file = tmp_path / "linli.db"
    build(f"sqlite:///{file}", "0001")
    connection = opened(file)
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute(
        "INSERT INTO communities (name, number, timezone, language, quiet_from, quiet_until, opens_at, closes_at, "
        "opening_days, emergency_number, next_code, board_version, is_demo) VALUES ('A', '+861055550000', 'UTC', 'en', "
        "'21:00', '08:00', '08:00', '20:00', '[]', '112', 37, 1, 0)"
    )
    connection.executemany(
        "INSERT INTO zones (community_id, name, position) VALUES (1, ?, 0)", [(f"Z{n}",) for n in range(40)]
    )
    connection.close()
    return file


def linli(file, *words):
    """Call scripts/linli on that database; returns how it ended, and what it said."""
    environ = {"LINLI_DATABASE__URL": f"sqlite:///{file}", "LANG": "C"}
    ended = CliRunner(env=environ).invoke(main, [str(word) for word in words])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output.strip()


def killed(do, *, at):
    """Do it in a process of its own that is killed at its nth statement; True if it lived to the end."""
    child = os.fork()
    if child == 0:
        seen = []

        def count(*_):
            seen.append(1)
            if len(seen) == at:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(sa.Engine, "before_cursor_execute", count)
        try:
            do()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status)


def test_an_old_database_is_backed_up_then_migrated(old, tmp_path):
    code, said = linli(old, "migrate")
    assert code == 0
    assert said.splitlines()[0] == "Applied 0002."
    ensure_current(f"sqlite:///{old}")
    [copy] = (tmp_path / "linli.backups").iterdir()
    assert re.fullmatch(r"linli-\d{8}T\d{6}Z-0001-\w{4}\.db", copy.name)
    connection = opened(copy)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert connection.execute("SELECT count(*) FROM zones").fetchone() == (40,)
    connection = opened(old)
    assert connection.execute("SELECT name, fault FROM backups WHERE verified_at IS NOT NULL").fetchall() == [
        (copy.name, "")
    ]


def test_without_a_good_backup_nothing_is_migrated_unless_somebody_insists(old, tmp_path):
    (tmp_path / "linli.backups").write_text("no folder")
    code, said = linli(old, "migrate")
    assert code != 0
    assert "only after a good backup" in said
    assert "--without-backup" in said
    assert revision_of(f"sqlite:///{old}") == "0001"
    code, _ = linli(old, "migrate", "--without-backup")
    assert code == 0
    ensure_current(f"sqlite:///{old}")


def test_an_old_backup_is_restored_and_brought_up_to_date(old, tmp_path):
    linli(old, "migrate")
    [copy] = (tmp_path / "linli.backups").iterdir()
    code, said = linli(old, "restore", copy)
    assert code == 0, said
    ensure_current(f"sqlite:///{old}")
    connection = opened(old)
    assert connection.execute("SELECT count(*), max(id) FROM zones").fetchone() == (40, 40)
    assert connection.execute("SELECT next_code FROM communities").fetchone() == (1037,)
    assert connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'zones'").fetchone() == (1_000_040,)


def test_a_database_of_a_newer_program_is_refused_with_a_sentence(old):
    migrate(f"sqlite:///{old}")
    connection = opened(old)
    connection.execute("UPDATE alembic_version SET version_num = 'zzzz'")
    connection.close()
    for words in (["migrate"], ["migrate", "--without-backup"], ["backup"], ["community", "list"]):
        code, said = linli(old, *words)
        assert code != 0
        assert "from a newer version of Linli" in said


@pytest.mark.parametrize("at", [12, 200, 500, 800, 1000])
def test_a_migration_that_is_killed_leaves_the_old_version(old, at):
    url = f"sqlite:///{old}"
    assert not killed(lambda: migrate(url), at=at)
    assert revision_of(url) == "0001"
    connection = opened(old)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM zones").fetchone() == (40,)
    connection.close()
    assert migrate(url)[-1] == own_version()


@pytest.mark.parametrize("at", [3, 60, 120, 190])
def test_a_restore_that_is_killed_leaves_the_old_or_the_new_one(old, tmp_path, at):
    url = f"sqlite:///{old}"
    migrate(url)
    copy = make_copy(url, tmp_path / "copies" / "a.db", now=NOON)
    connection = opened(old)
    connection.execute("INSERT INTO zones (community_id, name, position) VALUES (1, 'since', 0)")
    connection.close()
    lived = killed(lambda: restore(url, copy.file, now=NOON), at=at)
    ensure_current(url)
    connection = opened(old)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM zones").fetchone() == (40 if lived else 41,)
    connection.close()
    restore(url, copy.file, now=NOON)
    assert [file.name for file in tmp_path.iterdir() if "restoring" in file.name] == []


@pytest.mark.parametrize("call", ["link", "replace", "unlink", "rename"])
def test_a_restore_that_is_killed_at_a_file_operation_leaves_the_old_or_the_new_one(old, tmp_path, call):
    url = f"sqlite:///{old}"
    migrate(url)
    copy = make_copy(url, tmp_path / "copies" / "a.db", now=NOON)

    def until_then():
        setattr(os, call, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        restore(url, copy.file, now=NOON)

    killed(until_then, at=-1)
    ensure_current(url)
    connection = opened(old)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM zones").fetchone() == (40,)


def test_every_table_that_gives_out_ids_counts_on_by_itself(old, tmp_path):
    """Of a migrated database and of the models: an id is not used again when its row is gone."""
    migrate(f"sqlite:///{old}")
    modelled = tmp_path / "modelled.db"
    METADATA.create_all(sa.create_engine(f"sqlite:///{modelled}", poolclass=sa.NullPool, module=sqlite_module()))
    for file in (old, Path(modelled)):
        connection = opened(file)
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        without = {name for name, sql in tables if "AUTOINCREMENT" not in sql and not name.startswith("sqlite_")}
        assert without <= {"volunteer_zones", "volunteer_services", "never_together", "alembic_version"}
    connection = opened(old)
    connection.execute("DELETE FROM zones WHERE id = 40")
    connection.execute("INSERT INTO zones (community_id, name, position) VALUES (1, 'new', 0)")
    assert connection.execute("SELECT max(id) FROM zones").fetchone() == (41,)
