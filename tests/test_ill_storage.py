"""When nothing can be written nobody is told that it was; and whoever calls is still connected to a person."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa
from test_webhooks import key, ring, write
from town import DUTY, LINE, PUBLIC, ROSE
from twilio.request_validator import RequestValidator

from models.room import Room
from models.storage import Trouble, Unusable, check_file, is_sqlite_sound, sqlite_version, trouble_of
from voice.twiml_check import faults

ROOT = Path(__file__).parent.parent


@pytest.fixture
def fed(town):
    """A town with Rose, lunch and somebody on duty, that has come to rest."""
    town.resident("Rose Miller", ROSE)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup", "Noodles")
    town.settle()
    return town


class Failing:
    """Every statement that would write fails with these words, as the driver would say them."""

    def __init__(self, town, words):
        self.engine, self.words = town.database.engine, words

    def _fail(self, conn, cursor, statement, *_):
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            driver = self.engine.dialect.dbapi
            raise driver.OperationalError(self.words)

    def __enter__(self):
        sa.event.listen(self.engine, "before_cursor_execute", self._fail)

    def __exit__(self, *_):
        sa.event.remove(self.engine, "before_cursor_execute", self._fail)


ILL = [
    ("database or disk is full", "the disk is full: orders are refused"),
    ("attempt to write a readonly database", "the database may not be written: orders are refused"),
    ("database disk image is malformed", "the database is damaged: restore a backup (scripts/linli restore)"),
    ("disk I/O error", "the disk fails: orders are refused"),
]


@pytest.mark.parametrize(("words", "why"), ILL)
def test_an_order_is_refused_honestly_and_the_caller_connected(fed, words, why):
    assert "press 1" in ring(fed).get_data(as_text=True)
    with Failing(fed, words):
        answer = key(fed, 1, "1")
        said = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert faults(said) == []
        assert "Ordered" not in said
        assert "cannot take orders" in said
        assert f"<Number>{DUTY}</Number>" in said
        assert write(fed, "1").status_code == 503  # it stays in the carrier's list
        health = fed.app.test_client().get("/healthz")
        assert (health.status_code, health.json["why"]) == (503, [why])
    assert fed.requests == []
    fed.seconds(10)
    assert fed.app.test_client().get("/healthz").status_code == 200
    assert "Ordered" in key(fed, 1, "1").get_data(as_text=True)  # the key was undone, and counts when it comes again
    assert len(fed.requests) == 1


def test_a_text_that_was_turned_away_is_found_in_the_carriers_list(fed):
    fed.wait(minutes=6)
    rose = fed.telephone(ROSE)
    with Failing(fed, "database or disk is full"):
        rose.text("1")
    fed.wait(minutes=8)
    assert len(fed.requests) == 1
    assert len([text for text in rose.inbox if "Ordered" in text]) == 1


def test_a_full_disk_for_real(fed, tmp_path):
    """A database on a disk of its own that has no room left; only where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        _orders_until_it_is_full(disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _orders_until_it_is_full(disk):
    from town import Town

    town = Town(disk)
    town.staff("Dora", DUTY)
    town.menu("Tomato soup")
    for n in range(200, 230):
        town.resident(f"Guest{n} Person", f"+1212555{n:04d}")
    town.settle()
    said, refused = [], 0
    filler = (disk / "filler").open("wb", buffering=0)
    for n in range(200, 230):
        number = f"+1212555{n:04d}"
        sid = f"CA{n:032x}"
        answer = ring(town, sid=sid, number=number)
        if "press 1" in answer.get_data(as_text=True):
            answer = key(town, 1, "1", sid=sid, number=number)
        assert answer.status_code == 200
        words = answer.get_data(as_text=True)
        if "Ordered" in words:
            said.append(n)
        else:
            assert f"<Number>{DUTY}</Number>" in words
            refused += 1
        if n == 205:
            _fill(filler)
    assert refused > 0
    assert len(said) >= 6
    assert town.app.test_client().get("/healthz").status_code == 503
    filler.close()
    (disk / "filler").unlink()
    town.seconds(10)
    assert sorted(r.code for r in town.requests) == sorted({r.code for r in town.requests})
    assert len(town.requests) == len(said)  # what was said to be ordered is ordered, and nothing else
    assert town.app.test_client().get("/healthz").status_code == 200


def _fill(file):
    for size in (65536, 4096, 512, 1):
        try:
            while True:
                file.write(b"x" * size)
        except OSError:
            continue


# --- found at the start ---------------------------------------------------------------------------------------------


def _damaged(source, target):
    shutil.copy(source, target)
    content = bytearray(target.read_bytes())
    for start in range(4096 * 3, len(content) - 4096, 4096 * 2):
        content[start : start + 2000] = os.urandom(2000)
    target.write_bytes(content)


def test_a_damaged_file_is_found_at_the_start(empty_file, tmp_path):
    whole, damaged = tmp_path / "whole.db", tmp_path / "damaged.db"
    shutil.copy(empty_file, whole)
    check_file(f"sqlite:///{whole}")
    check_file(f"sqlite:///{tmp_path / 'missing.db'}")
    _damaged(empty_file, damaged)
    with pytest.raises(Unusable) as found:
        check_file(f"sqlite:///{damaged}")
    assert found.value.trouble is Trouble.CORRUPT
    (tmp_path / "text.db").write_text("this is a shopping list and no database" * 200)
    with pytest.raises(Unusable):
        check_file(f"sqlite:///{tmp_path / 'text.db'}")


def test_the_line_connects_callers_while_the_database_is_damaged(tmp_path):
    """The whole program: it ran once, its file is damaged, and it starts all the same."""
    port = _free_port()
    environ = {**os.environ, "LINLI_SERVER__PORT": str(port), "LINLI_CARRIER__AUTH_TOKEN": "t" * 32,
               "LINLI_SERVER__PUBLIC_URL": PUBLIC, "PYTHONPATH": str(ROOT)}  # fmt: skip
    command = [sys.executable, "-P", "-m", "scripts.serve"]
    first = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: (tmp_path / "linli.lifeline").exists() and _get(port)[0] == 200)
    finally:
        first.send_signal(signal.SIGTERM)
        first.wait(30)
    with sqlite3.connect(tmp_path / "linli.db") as database:
        number = database.execute("SELECT number FROM communities").fetchone()[0]
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "linli.db", tmp_path / "whole.db")
    _damaged(tmp_path / "whole.db", tmp_path / "linli.db")
    kept = (tmp_path / "linli.db").read_bytes()
    second = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _until(lambda: _get(port)[0] == 503)
        assert "damaged" in _get(port)[1]
        params = {"CallSid": "CA" + "1" * 32, "From": ROSE, "To": number}
        assert "<Number>" in _post(port, "/voice", params, token="t" * 32)[1]
        assert _post(port, "/voice", params, token="w" * 32)[0] == 403
        assert _get(port, "/")[0] == 503
        linli = [sys.executable, "-P", "-m", "scripts.commands"]
        fallback = subprocess.run([*linli, "fallback"], cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert "<Number>" in fallback.stdout
        assert "cannot be read" in fallback.stderr
        restore = subprocess.run(
            [*linli, "restore", str(tmp_path / "whole.db")], cwd=tmp_path, env=environ, capture_output=True, text=True
        )
        assert restore.returncode != 0
        assert "stop it first" in restore.stderr
    finally:
        second.send_signal(signal.SIGTERM)
        said = second.communicate(timeout=30)[1].decode()
    assert "restore" in said
    assert (tmp_path / "linli.db").read_bytes() == kept  # the bad file is kept as it is


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until(is_so, seconds=40):
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if is_so():
            return
        time.sleep(0.2)
    raise AssertionError("it never came to be so")


def _get(port, path="/healthz"):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def _post(port, path, params, *, token):
    signed = RequestValidator(token).compute_signature(f"{PUBLIC}{path}", params)
    body = urllib.parse.urlencode(params).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"X-Twilio-Signature": signed})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - an address on this machine
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "is_sound"),
    [((3, 40, 1), False), ((3, 44, 6), True), ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 0), False),
     ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True)],
)  # fmt: skip
def test_which_sqlite_loses_no_write(version, is_sound):
    assert is_sqlite_sound(version) is is_sound


def test_the_sqlite_that_is_used_is_a_sound_one():
    assert is_sqlite_sound(sqlite_version())


@pytest.mark.parametrize(
    ("words", "trouble"),
    [("database or disk is full", Trouble.FULL), ("could not extend file: No space left on device", Trouble.FULL),
     ("attempt to write a readonly database", Trouble.READ_ONLY), ("file is not a database", Trouble.CORRUPT),
     ("database is locked", Trouble.BUSY), ("disk I/O error", Trouble.FAILING),
     ("server closed the connection unexpectedly", Trouble.GONE), ("near \"SELEC\": syntax error", None)],
)  # fmt: skip
def test_what_an_error_says_about_the_storage(words, trouble):
    assert trouble_of(sa.exc.OperationalError("x", {}, Exception(words))) is trouble


@pytest.mark.parametrize(
    ("total", "free", "is_nearly_full"),
    [(10e9, 5e9, False), (10e9, 0.9e9, True), (1e12, 50e9, False), (1e12, 4e9, True), (1e9, 0.15e9, True)],
)
def test_when_a_disk_is_nearly_full(total, free, is_nearly_full):
    assert Room(int(total), int(free)).is_nearly_full is is_nearly_full


def test_the_stand_in_is_at_hand_when_the_file_is_gone(fed, tmp_path):
    from voice.lifeline import Lifeline

    ticks = [0.0]
    lifeline = Lifeline(tmp_path / "a.lifeline", stopwatch=lambda: ticks[0])
    assert not lifeline.is_ready
    assert lifeline.remember(fed.database, now=fed.now) == 1
    assert lifeline.remember(fed.database, now=fed.now) == 0
    kept = Lifeline(tmp_path / "a.lifeline", stopwatch=lambda: 0.0)
    assert DUTY in kept.document(LINE)
    assert kept.document("+1999") == kept.document(LINE)
    assert (tmp_path / "a.lifeline").stat().st_mode & 0o077 == 0
    (tmp_path / "a.lifeline").write_text("{ broken")
    assert not Lifeline(tmp_path / "a.lifeline", stopwatch=lambda: 0.0).is_ready
