"""The doctor: a healthy installation in which everything is well, and for each thing that can be wrong its sentence."""

import json
import re
import ssl
import string
import subprocess
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from doctor_ward import ACCOUNT, Ward, Web, number
from town import DUTY, LINE, MEI, ROSE, SAM

from dispatch.enrolment import set_absence
from dispatch.locking import lock_all
from models.installation import Backup, installation, take_keys
from models.leases import Lease
from models.menus import Menu
from models.numbers import Phone
from models.people import Absence, AbsenceKind, Resident, Staff, Volunteer
from models.places import Community, Meal, Service, Who
from models.storage import sqlite_module
from scripts import pulse
from scripts.commands import main
from scripts.doctor import examination, timing, wiring
from scripts.doctor.findings import Mark, catalog, found, languages
from scripts.doctor.machine import Machine, certificate_of, disk_at
from voice.carrier.reach import Unreached, ask

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "scripts" / "doctor"


@pytest.fixture
def web():
    served = Web()
    yield served
    served.close()


@pytest.fixture
def ward(tmp_path, found_town, web):
    place = Ward(tmp_path, found_town, web)
    yield place
    place.close()


def change(ward, kind, **values):
    """Something in the database is otherwise, in every row of a kind."""
    with ward.town.database.begin() as session:
        session.execute(sa.update(kind).values(**values))


def remove(ward, kind):
    with ward.town.database.begin() as session:
        for row in session.scalars(sa.select(kind)):
            session.delete(row)


def telephone(ward, number_, **values):
    with ward.town.database.begin() as session:
        session.add(Phone(community_id=ward.town.community_id, number=number_, **values))


# --- a healthy installation ---------------------------------------------------------------------------------------


def test_where_everything_is_well_everything_is_said_to_be_well(ward):
    told = ward.found()
    assert {each.key: each.told("en") for each in told.values() if each.mark is not Mark.OK} == {}
    assert set(told) == {
        "settings_ok", "versions_ok", "database_ok", "disk_ok_database", "disk_ok_backups", "backup_ok", "clock_ok",
        "server_ok", "loop_ok", "account_ok", "balance_ok", "number_ok", "fallback_ok", "duty_ok", "residents_ok",
        "services_ok", "meals_ok",
    } - ({"disk_ok_database"} if "postgres" in ward.town.url else set())  # fmt: skip
    assert all(len(line) < 90 for line in examination.as_text(list(told.values()), "en").splitlines())


def test_it_changes_nothing(ward):
    def content():
        with ward.town.database.read() as session:
            tables = sa.inspect(session.connection()).get_table_names()
            return {table: session.execute(sa.text(f'SELECT * FROM "{table}"')).all() for table in tables}  # noqa: S608

    before = content()
    ward.found()
    assert content() == before
    assert not [path for _, path in ward.web.asked if path == "/ping"]  # that would tell the watchdog that all is well


# --- one thing wrong ----------------------------------------------------------------------------------------------


def one_on_duty(ward):
    with ward.town.database.begin() as session:
        session.scalars(sa.select(Staff).where(Staff.name == "Ella")).one().is_on_duty = False


def on_another_page(ward, status=200, **headers):
    ward.environ["LINLI_SERVER__PUBLIC_URL"] = ward.web.url
    ward.web.says("/voice/status", "hello", status=status, **headers)


def a_port_where_nothing_listens():
    gone = Web()
    gone.close()
    return gone.port


def with_a_fallback_of_yesterday(ward):
    ward.web.says("/bin", ward.document())
    one_on_duty(ward)


def the_file_is_damaged(ward):
    """A page in the middle is overwritten with rubbish while nobody looks."""
    ward.town.database.engine.dispose()
    path = Path(ward.town.url.removeprefix("sqlite:///"))
    database = sqlite_module().connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'residents'").fetchone()[0]
    size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def a_number(ward, **differs):
    numbers = json.dumps({"incoming_phone_numbers": [number(ward, **differs)]})
    ward.carrier_says("$/IncomingPhoneNumbers.json", numbers)


def account(ward, body='{"status": "active", "type": "Full"}', **more):
    ward.carrier_says("$.json", body, **more)


def carriers_clock(ward, seconds):
    account(ward, Date=format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True))


def other_settings(ward, **values):
    for key, value in values.items():
        ward.environ[f"LINLI_{key}"] = value


def secrets_for_all(ward):
    ward.config = ward.folder / "config.toml"
    ward.config.write_text(f'[carrier]\nauth_token = "{"t" * 32}"\n')
    del ward.environ["LINLI_CARRIER__AUTH_TOKEN"]
    ward.config.chmod(0o644)


def over_tls(ward):
    other_settings(ward, SERVER__PUBLIC_URL="https://127.0.0.1:1")


def days(count):
    return datetime.now(UTC) + timedelta(days=count, hours=1)


def services_of_sam(ward, *codes, zone=None):
    with ward.town.database.begin() as session:
        sam = session.scalars(sa.select(Volunteer)).one()
        sam.services = [service for service in sam.services if service.code in codes]
        sam.zones = [each for each in sam.zones if zone in (None, each.name)]


def an_errand_only_in_the_west(ward):
    ward.town.volunteer("Lee", "+12125550122", services=("meal",), zones=(0,))
    with ward.town.database.begin() as session:
        sam = session.scalars(sa.select(Volunteer).where(Volunteer.name == "Sam")).one()
        sam.zones = [zone for zone in sam.zones if zone.name == "West"]


NO_SERVICE = "MG" + "1" * 31  # a letter short
# What is wrong (a finding's key) → how it comes about, and what is said of it.
WRONG = {
    "public_url_here": (lambda w: other_settings(w, CARRIER__API_BASE="https://127.0.0.2.example"), "cannot reach"),
    "public_url_plain": (
        lambda w: other_settings(w, CARRIER__API_BASE="https://carrier.invalid", SERVER__PUBLIC_URL="http://linli.invalid"),
        "not encrypted",
    ),
    "database_plain": (
        lambda w: other_settings(w, DATABASE__URL="postgresql://db.invalid/linli?sslmode=prefer"), "sslmode=prefer"
    ),
    "database_unknown": (lambda w: other_settings(w, DATABASE__URL="postgresql://db.invalid/linli"), "take its place"),
    "secrets_open": (secrets_for_all, "config.toml"),
    "database_empty": (lambda w: other_settings(w, DATABASE__URL=f"sqlite:///{w.folder}/none.db"), "no database yet"),
    "database_version": (lambda w: _version(w, "zzzz"), "newer version"),
    "database_unreachable": (lambda w: _junk(w), "no SQLite database"),
    "database_damaged": (the_file_is_damaged, "damaged"),
    "disk_read_only": (lambda w: w.disk("backups", is_writable=False), "backups"),
    "disk_full": (lambda w: w.disk("database", free_bytes=100_000_000), "100.0 MB (0%)"),
    "disk_nearly_full": (lambda w: w.disk("backups", free_bytes=3_000_000_000), "3.0 GB (3%)"),
    "disk_no_inodes": (lambda w: w.disk("database", inodes_free=0.01), "hardly any more files"),
    "backup_none": (lambda w: remove(w, Backup), "no backup yet"),
    "backup_gone": (lambda w: (w.folder / "backups" / "good.db").unlink(), "good.db"),
    "backup_failed": (lambda w: _failed_backup(w), "late.db, failed: The disk is full."),
    "backup_stale": (lambda w: change(w, Backup, made_at=w.town.now - timedelta(hours=27)), "27.0 hours old"),
    "backup_late": (lambda w: change(w, Backup, made_at=w.town.now - timedelta(hours=3)), "3.0 hours old"),
    "sheet_old": (
        lambda w: change(w, Community, sheet_at=w.town.now - timedelta(minutes=40)),
        "day-sheet-1.html is gone or 40 minutes old",
    ),
    "backup_same_disk": (lambda w: w.disk("backups", device=1), "same disk"),
    "clock_wrong": (lambda w: carriers_clock(w, -90), "+9"),
    "clock_off": (lambda w: carriers_clock(w, 21), "-2"),
    "clock_wound": (lambda w: setattr(w.town.clock, "is_wound", True), "2026-11-23 14:00"),
    "clock_set_back": (lambda w: _newest(w, w.town.now + timedelta(days=1)), "2026-11-24 14:00:00"),
    "zone_unknown": (lambda w: change(w, Community, timezone="Mars/Olympus"), "Mars/Olympus"),
    "server_ill": (lambda w: _other_server(w, '{"ok": false, "why": ["the clock stands still"]}', 503), "stands still"),
    "server_looks": (
        lambda w: _other_server(w, '{"ok": true, "why": [], "look": ["the disk is nearly full", "sending is held since a restore"]}', 200),
        "says: sending is held since a restore.",
    ),
    "server_not_running": (lambda w: _no_server(w), "no call is answered"),
    "server_other": (lambda w: _other_server(w, "<h1>It works!</h1>", 200), "Another program"),
    "watch_silent": (lambda w: _beat(w, w.town.now - timedelta(seconds=100)), "100 seconds"),
    "loop_open": (lambda w: on_another_page(w, status=204), "nobody has signed"),
    "loop_refused": (lambda w: other_settings(w, CARRIER__AUTH_TOKEN="x" * 32), "public_url or auth_token"),
    "loop_forbidden": (lambda w: on_another_page(w, status=403), "in front of Linli"),
    "loop_path": (lambda w: other_settings(w, SERVER__PUBLIC_URL=f"{w.url}/linli"), "up to, and without, /voice"),
    "loop_other_page": (on_another_page, "another page"),
    "loop_redirect": (lambda w: on_another_page(w, 301, Location="https://www.linli.example/voice/status"), "https://www.linli.example,"),
    "loop_gateway": (lambda w: on_another_page(w, 502), "does not reach Linli (502)"),
    "loop_unavailable": (lambda w: on_another_page(w, 503), "(503)"),
    "loop_status": (lambda w: on_another_page(w, 500), "with 500"),
    "loop_no_name": (lambda w: other_settings(w, SERVER__PUBLIC_URL="http://linli.invalid"), "linli.invalid"),
    "loop_refused_connection": (
        lambda w: other_settings(w, SERVER__PUBLIC_URL=f"http://127.0.0.1:{a_port_where_nothing_listens()}"),
        "Nothing listens",
    ),
    "certificate_bad": (lambda w: (over_tls(w), w.shows_certificate(fault="it has expired")), "it has expired"),
    "certificate_ends": (lambda w: (over_tls(w), w.shows_certificate(until=days(6))), "in 6 days"),
    "certificate_soon": (lambda w: (over_tls(w), w.shows_certificate(until=days(29))), "in 29 days"),
    "certificate_ok": (lambda w: (over_tls(w), w.shows_certificate(until=days(31))), "31 days"),
    "certificate_unseen": (lambda w: (over_tls(w), w.shows_certificate()), "could not be looked at"),
    "watchdog_unset": (lambda w: other_settings(w, WATCH__DEAD_MANS_URL=""), "dead_mans_url"),
    "watchdog_unreached": (
        lambda w: other_settings(w, WATCH__DEAD_MANS_URL=f"http://127.0.0.1:{a_port_where_nothing_listens()}/x?hush"),
        "false alarm",
    ),
    "carrier_unreached": (
        lambda w: other_settings(w, CARRIER__API_BASE=f"http://127.0.0.1:{a_port_where_nothing_listens()}"),
        "nothing listens there",
    ),
    "carrier_login": (lambda w: other_settings(w, CARRIER__AUTH_TOKEN="x" * 32), "[carrier] account_sid and auth_token"),
    "carrier_speaks_otherwise": (lambda w: other_settings(w, CARRIER__API_BASE=w.url), "api_base"),
    "account_suspended": (lambda w: account(w, '{"status": "suspended"}'), "suspended"),
    "account_closed": (lambda w: account(w, '{"status": "closed"}'), "closed"),
    "account_trial": (lambda w: account(w, '{"status": "active", "type": "Trial"}'), "trial"),
    "balance_none": (lambda w: w.carrier_says("$/Balance.json", '{"balance": "-0.10", "currency": "USD"}'), "-0.10 USD"),
    "balance_low": (lambda w: w.carrier_says("$/Balance.json", '{"balance": "30", "currency": "CNY"}'), "30.00 CNY"),
    "service_missing": (lambda w: other_settings(w, CARRIER__MESSAGING_SERVICE_SID=NO_SERVICE), "(404)"),
    "service_inbound": (
        lambda w: (
            other_settings(w, CARRIER__MESSAGING_SERVICE_SID=NO_SERVICE),
            account(w), w.web.says(f"/v1/Services/{NO_SERVICE}", '{"inbound_request_url": "https://other.example/sms"}'),
        ),
        "/sms",
    ),
    "number_unasked": (lambda w: account(w), "(404)"),
    "number_not_ours": (lambda w: change(w, Community, second_number="+12125550199"), "+12125550199"),
    "number_no_voice": (lambda w: a_number(w, capabilities={"voice": False, "sms": True}), "voice"),
    "number_no_sms": (lambda w: a_number(w, capabilities={"voice": True, "sms": False}), "SMS"),
    "webhook_unset": (lambda w: w.line(sms_url=""), "a message comes in"),
    "webhook_elsewhere": (lambda w: w.line(voice_url="https://me:pass@demo.example/hello?x"), "https://demo.example/hello,"),
    "webhook_method": (lambda w: a_number(w, voice_method="GET"), "by GET"),
    "webhook_overruled": (lambda w: a_number(w, voice_application_sid="AP1"), "overrules"),
    "webhook_once": (lambda w: w.line(sms_url=f"{w.url}/sms"), "#rc=2"),
    "fallback_missing": (lambda w: w.line(voice_fallback_url=""), "TwiML Bin"),
    "fallback_here": (lambda w: w.line(voice_fallback_url=f"{w.url}/fallback"), "our own server"),
    "fallback_unread": (lambda w: w.line(voice_fallback_url=f"{w.web.url}/gone"), "(404)"),
    "fallback_stale": (with_a_fallback_of_yesterday, "people on duty have changed"),
    "community_none": (lambda w: other_settings(w, DATABASE__URL=_empty(w)), "no community yet"),
    "community_demo": (lambda w: change(w, Community, is_demo=True), "invented community"),
    "duty_nobody": (lambda w: change(w, Staff, phone=None), "nobody is alarmed"),
    "second_factor_nobody": (lambda w: change(w, Community, second_factor_for=Who.NOBODY), "a password alone opens the board"),
    "duty_one": (one_on_duty, "only Dora"),
    "office_never_open": (lambda w: change(w, Community, opening_days=[]), "never open"),
    "residents_unreached": (lambda w: change(w, Resident, enrolled_at=None), "(not enrolled): Rose (1)"),
    "residents_none": (lambda w: remove(w, Resident), "no residents yet"),
    "volunteers_unreached": (lambda w: telephone(w, SAM, opted_out_at=w.town.now), "(has stopped our texts): Sam (1)"),
    "volunteers_by_call": (lambda w: w.town.volunteer("Mei", MEI), "Mei (1)"),
    "zones_without_volunteers": (lambda w: services_of_sam(w, "meal", zone="West"), "East"),
    "service_nobody": (lambda w: services_of_sam(w, "meal", "errand", "ride", "visit"), "nobody does it: repair."),
    "service_nobody_in": (an_errand_only_in_the_west, "errand in East: nobody"),
    "menu_none": (lambda w: change(w, Menu, closed_at=w.town.now), "lunch, dinner"),
    "meal_ordered_too_late": (lambda w: change(w, Meal, cutoff=time(12)), "lunch"),
}  # fmt: skip


OF_A_FILE = {"database_damaged", "disk_full", "disk_no_inodes", "backup_same_disk"}


def _version(ward, revision):
    with ward.town.database.begin() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def _junk(ward):
    (ward.folder / "junk.db").write_bytes(b"This is no database. " * 500)
    other_settings(ward, DATABASE__URL=f"sqlite:///{ward.folder}/junk.db")


def _empty(ward):
    from models.schema import migrate

    url = f"sqlite:///{ward.folder}/other.db"
    migrate(url)
    return url


def _failed_backup(ward):
    with ward.town.database.begin() as session:
        session.add(Backup(name="late.db", made_at=ward.town.now, size_bytes=0, fault="The disk is full."))


def _newest(ward, instant):
    with ward.town.database.begin() as session:
        installation(session).newest_at = instant


def _beat(ward, at):
    change(ward, Lease, beat_at=at)


def _other_server(ward, body, status):
    ward.web.says("/healthz", body, status=status)
    other_settings(ward, SERVER__PORT=str(ward.web.port))


def _no_server(ward):
    other_settings(ward, SERVER__PORT=str(a_port_where_nothing_listens()))
    other_settings(ward, SERVER__PUBLIC_URL=f"http://127.0.0.1:{a_port_where_nothing_listens()}")


@pytest.mark.parametrize("key", WRONG)
def test_what_is_wrong_is_found_and_told_with_its_cure(ward, key):
    if key in OF_A_FILE and "postgres" in ward.town.url:
        pytest.skip("a server has its files elsewhere")
    make_it_wrong, says = WRONG[key]
    make_it_wrong(ward)
    told = ward.found()
    assert key in told, {each.key: each.told("en") for each in told.values() if each.mark is not Mark.OK}
    finding = told[key]
    assert says in " ".join(finding.told("en"))
    for language in languages():
        sentence, cure = finding.told(language)
        assert sentence
        assert bool(cure) == (finding.mark is not Mark.OK)
        assert finding.about(language)
    everything = examination.as_text(list(told.values()), "en") + examination.as_json(list(told.values()), "zh-CN")
    for secret in ("t" * 32, "x" * 32, "s" * 40, "pass@", "hush", ROSE, SAM, DUTY):
        assert secret not in everything


# --- what cannot be brought about through a ward ------------------------------------------------------------------


def elsewhere_told():
    """Findings that have a test of their own below."""
    return {
        "check_failed", "settings_wrong", "python_old", "packages_differ", "database_forgets", "postgresql_old",
        "sqlite_unsound", "database_unchecked", "clock_wound_demo", "clock_accepted", "server_not_running_demo",
        "loop_timeout", "loop_certificate", "loop_broken", "keys_missing", "fields_open",
    }  # fmt: skip


def test_every_finding_is_brought_about_by_a_test():
    healthy = {key for key, entry in catalog()["findings"].items() if entry["mark"] == "ok"}
    assert set(WRONG) | elsewhere_told() | healthy == set(catalog()["findings"])


def test_a_check_that_fails_is_a_finding_itself_and_the_others_go_on(ward):
    ward.machine = Machine(disk_at=lambda folder: disk_at(Path("/nowhere/at/all").resolve(strict=True)))
    told = ward.found()
    assert "no such file" in told["check_failed"].told("en")[0]
    assert told["check_failed"].subject in ("disk", "backups")
    assert "duty_ok" in told


def test_a_fault_of_ours_in_a_check_is_a_finding_without_a_trace(ward, monkeypatch):
    def broken(_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(examination, "CHECKS", (examination.Check("clock", broken),))
    assert ward.found()["check_failed"].told("zh-CN")[0] == "这一项没能检查（ZeroDivisionError）。"


def test_packages_that_differ_are_named(monkeypatch, tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "flask==0.1 \\\n    --hash=sha256:00\nnothing-like-it==1 ; sys_platform == 'win32' \\\nnor-this==2\n"
    )
    monkeypatch.setattr(wiring, "LOCK", lock)
    told = next(iter(wiring.versions()))
    assert told.key == "packages_differ"
    assert re.fullmatch(r".*: flask \(3\.\S+ ≠ 0\.1\), nor-this \(- ≠ 2\) \(2\)\.", told.told("en")[0])


def test_a_python_that_is_too_old_is_told(monkeypatch):
    monkeypatch.setattr(wiring.sys, "version_info", (3, 10, 2))
    assert next(iter(wiring.versions())).told("en")[0] == "This is Python 3.10.2; 3.11 is the least."


def test_a_key_that_is_missing_and_what_lies_open_although_there_is_one_are_told(ward):
    ward.environ["LINLI_DATABASE__FIELD_KEY"] = "a1" * 32
    with ward.town.database.begin() as session:
        session.scalars(sa.select(Resident)).first().address = "Elm Street 5"
    told = ward.found()
    assert "residents.address" in told["fields_open"].told("en")[0]
    database = ward.patient().database
    take_keys(database, ward.patient().settings.database.keyring)
    lock_all(database)
    assert "fields_locked" in ward.found()
    ward.environ["LINLI_DATABASE__FIELD_KEY"] = "b2" * 32
    assert "locked with a key that the settings do not name" in ward.found()["keys_missing"].told("en")[0]


def test_a_database_that_forgets_is_told(ward):
    if "postgres" in ward.town.url:
        name = sa.make_url(ward.town.url).database
        with ward.town.database.engine.begin() as connection:
            connection.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        setting = "synchronous_commit=off"
        ward.town.database.engine.dispose()
        told = ward.found()
    else:
        setting = "synchronous=1"
        patient = ward.patient()
        sa.event.listen(patient.database.engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=normal"))
        told = {each.key: each for each in examination.examine(patient)}
    assert setting in told["database_forgets"].told("en")[0]


def test_databases_that_are_too_old_are_told(ward, monkeypatch):
    from scripts.doctor import storage

    monkeypatch.setattr(storage, "_OLDEST_POSTGRESQL", (99,))
    monkeypatch.setattr(storage, "sqlite_version", lambda: (3, 40, 1))
    assert ("postgresql_old" if "postgres" in ward.town.url else "sqlite_unsound") in ward.found()


def test_a_file_that_is_too_large_to_be_looked_through_is_told(ward):
    if "postgres" in ward.town.url:
        return
    ticks = iter(range(10**9))
    from models.condition import damage

    with ward.town.database.begin() as session:
        for number_ in range(20_000):
            session.add(Lease(name=f"lease {number_}", holder="nobody", beat=0, beat_at=ward.town.now))
    assert damage(ward.town.database.engine, stopwatch=lambda: next(ticks), seconds=0) is None
    assert damage(ward.town.database.engine, stopwatch=lambda: 0, seconds=60) == ""
    ward.machine = Machine(disk_at=ward._disk, stopwatch=lambda: 100 * next(ticks))
    assert "database_unchecked" in ward.found()


def test_the_clock_is_accepted_when_the_operator_says_so(ward):
    _newest(ward, ward.town.now + timedelta(days=365))
    assert "clock_set_back" in ward.found()
    assert timing.accept_clock(ward.patient()).key == "clock_accepted"
    assert "clock_set_back" not in ward.found()


def test_who_has_moved_away_need_not_be_reached(ward):
    ward.town.resident("Karl", None, enrolled=False)
    assert ward.found()["residents_unreached"].told("en")[0].endswith("(no telephone number): Karl (1).")
    with ward.town.database.begin() as session:
        karl = session.scalars(sa.select(Resident).where(Resident.name == "Karl")).one()
        today = ward.town.now.date()
        set_absence(session, karl, kind=AbsenceKind.MOVED, from_date=today, until_date=None, who="x", now=ward.town.now)
    assert "residents_unreached" not in ward.found()


def test_of_many_only_the_first_are_named(ward):
    for count in range(9):
        ward.town.resident(f"R{count}", None)
    told = ward.found()["residents_unreached"].told("en")[0]
    assert told.endswith("R0, R1, R2, R3, R4, … (9).")


def test_a_service_that_is_not_offered_need_nobody(ward):
    services_of_sam(ward, "meal")
    with ward.town.database.begin() as session:
        session.execute(sa.update(Service).where(Service.code != "meal").values(is_active=False))
    assert "services_ok" in ward.found()


def test_helpers_who_are_away_or_not_enrolled_help_nobody(ward):
    today = ward.town.now.date()
    with ward.town.database.begin() as session:
        for sam in session.scalars(sa.select(Volunteer)):
            sam.absences.append(Absence(kind=AbsenceKind.AWAY, from_date=today, until_date=today))
    assert "service_nobody" in ward.found()
    change(ward, Absence, from_date=today - timedelta(days=2), until_date=today - timedelta(days=1))
    assert "services_ok" in ward.found()
    change(ward, Volunteer, enrolled_at=None)
    assert {"service_nobody", "volunteers_unreached"} <= set(ward.found())


def test_quickly_nothing_is_asked_of_the_network(ward):
    ward.is_quick = True
    assert set(ward.found()) & {"loop_ok", "account_ok", "number_ok", "clock_ok", "fallback_ok"} == set()
    assert ward.web.asked == []


def test_another_server_behind_the_same_address_is_enough(ward):
    """In a container the port is not ours to see, but the public address is served."""
    other_settings(ward, SERVER__PORT=str(a_port_where_nothing_listens()))
    told = ward.found()
    assert "server_not_running" not in told
    assert "loop_ok" in told


def test_without_a_server_the_loop_is_not_told_besides(ward):
    _no_server(ward)
    assert not [key for key in ward.found() if key.startswith("loop_")]


def test_a_second_carrier_is_asked_for_the_second_number(ward):
    change(ward, Community, second_number="+12125550199")
    second = {"SECOND_CARRIER__ACCOUNT_SID": "AC" + "2" * 32, "SECOND_CARRIER__AUTH_TOKEN": "y" * 32,
              "SECOND_CARRIER__API_BASE": ward.web.url}  # fmt: skip
    other_settings(ward, **second)
    root = f"/2010-04-01/Accounts/{'AC' + '2' * 32}"
    ward.web.says(f"{root}.json", '{"code": 20003}', status=401)
    told = ward.found()
    assert "[second_carrier] account_sid and auth_token" in told["carrier_login"].told("en")[1]
    assert {"account_ok", "number_ok"} <= set(told)
    ward.web.says(f"{root}.json", '{"status": "active"}')
    ward.web.says(f"{root}/IncomingPhoneNumbers.json", '{"incoming_phone_numbers": []}')
    assert "[second_carrier]" in ward.found()["number_not_ours"].told("en")[0]
    assert ("GET", f"/2010-04-01/Accounts/{ACCOUNT}.json") not in ward.web.asked


def test_a_carrier_that_answers_with_another_number_has_not_ours(ward):
    a_number(ward, phone_number="+12125550188")
    assert "number_not_ours" in ward.found()


def test_the_fallback_may_be_named_when_the_number_does_not_say(ward):
    ward.fallback_url = ward.web.says("/elsewhere", ward.document().replace("><", ">\n  <"))
    ward.line(voice_fallback_url="")
    told = ward.found()
    assert "fallback_ok" in told
    ward.web.says("/elsewhere", "<html>no document</html><p>")
    assert "fallback_stale" in ward.found()


def test_a_line_that_hangs_breaks_off_or_shows_a_bad_certificate(ward, tmp_path, monkeypatch):
    monkeypatch.setattr("voice.carrier.reach._TIMEOUT_SECONDS", 0.3)
    silent = Web()
    silent.server.shutdown()  # it listens, and nobody answers
    other_settings(ward, SERVER__PUBLIC_URL=silent.url)
    assert "loop_timeout" in ward.found()
    silent.server.server_close()
    with tls_server(tmp_path) as port:
        other_settings(ward, SERVER__PUBLIC_URL=f"https://localhost:{port}")
        told = ward.found()
        assert "loop_certificate" in told
        assert "self-signed" in told["certificate_bad"].told("en")[0]
        other_settings(ward, SERVER__PUBLIC_URL=f"http://127.0.0.1:{port}")
        assert "loop_broken" in ward.found()


class tls_server:
    """A web server with a certificate that nobody has signed but itself; it holds ten days."""

    def __init__(self, folder):
        self.key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        words = "req -x509 -newkey rsa:2048 -nodes -days 10 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        subprocess.run(
            ["openssl", *words.split(), "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True
        )
        self.web = Web()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        self.web.server.socket = context.wrap_socket(
            self.web.server.socket, server_side=True, do_handshake_on_connect=False
        )

    def __enter__(self):
        return self.web.port

    def __exit__(self, *_):
        self.web.close()


def test_the_days_of_a_certificate_are_counted_as_a_client_sees_them(tmp_path, monkeypatch):
    with tls_server(tmp_path) as port:
        assert "self-signed" in certificate_of("localhost", port).fault
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        shown = certificate_of("localhost", port)
        assert timedelta(days=9) < shown.until - datetime.now(UTC) <= timedelta(days=10)
    assert certificate_of("127.0.0.1", a_port_where_nothing_listens()).until is None


def test_a_real_disk_is_looked_at(tmp_path):
    disk = disk_at(tmp_path / "not" / "yet")
    assert 0 < disk.free_bytes <= disk.total_bytes
    assert 0 < disk.inodes_free <= 1
    assert disk.is_writable
    assert disk.device == tmp_path.stat().st_dev


@pytest.mark.parametrize(
    ("url", "why"), [("http://127.0.0.1:1/", Unreached.REFUSED), ("http://x.invalid/", Unreached.NO_NAME)]
)
def test_why_nothing_came_back(url, why):
    assert ask("GET", url).unreached is why


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def run(*words, **environ):
        result = CliRunner(env={"LANG": "C", **environ}).invoke(main, list(words))
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def test_before_the_first_call_in_an_empty_folder(terminal):
    port = {"LINLI_SERVER__PORT": str(a_port_where_nothing_listens())}
    told = terminal("doctor", **port)
    assert told.exit_code == 0
    assert told.stdout.startswith("look   database: There is no database yet.\n      → Found the community:")
    assert told.stdout.endswith("\n\nNothing is wrong. To be looked at: 2.\n")
    chinese = terminal("--language", "zh-CN", "doctor", **port).stdout
    assert "留意  数据库：还没有数据库。" in chinese
    assert chinese.endswith("没有错误，有2处请留意。\n")
    assert terminal("doctor", LANG="zh_CN.UTF-8", **port).stdout == chinese
    assert not Path("linli.db").exists()


def test_machines_get_an_array_and_an_exit_code(terminal):
    told = terminal("doctor", "--format", "json", "--quick", LINLI_CARRIER__KIND="twilio")
    rows = json.loads(told.stdout)
    assert told.exit_code == 1
    assert {row["key"] for row in rows if row["mark"] == "wrong"} == {"settings_wrong"}
    assert len([row for row in rows if row["mark"] == "wrong"]) == 4  # all of them at once
    assert {"mark", "about", "key", "finding", "cure"} == set(rows[0])


def test_the_wrong_comes_first_and_the_exit_code_says_so(terminal):
    terminal("community", "add", "Linli", "--number", LINE, "--timezone", "America/New_York", "--language", "en",
             "--zones", "East")  # fmt: skip
    told = terminal("doctor", "--quick", LINLI_SERVER__PORT=str(a_port_where_nothing_listens()))
    assert told.exit_code == 1
    marks = [line.split()[0] for line in told.stdout.splitlines() if line and not line.startswith(" ")][:-1]
    assert marks == sorted(marks, key=["wrong", "look", "ok"].index)
    assert marks[0] == "wrong"
    assert "wrong  on duty: Linli: nobody on duty has a telephone" in told.stdout
    assert "wrong  services: Linli: offered, and nobody does it: meal, errand, ride, repair, visit." in told.stdout


def test_the_clock_is_right_by_command(terminal):
    terminal("community", "add", "Linli", "--number", LINE, "--timezone", "America/New_York", "--language", "en",
             "--zones", "East")  # fmt: skip
    database = sqlite_module().connect("linli.db", isolation_level=None)
    database.execute("INSERT INTO installation (id, epoch, newest_at) VALUES (1, 0, '2099-01-01 00:00:00.000000')")
    database.close()
    assert "2099-01-01 00:00:00" in terminal("doctor", "--quick").stdout
    assert "counts as right" in terminal("doctor", "--quick", "--clock-is-right").stdout
    assert "2099" not in terminal("doctor", "--quick").stdout


def test_the_document_for_the_carrier_is_written_by_command(terminal):
    words = ("--number", LINE, "--timezone", "America/New_York", "--language", "en", "--zones", "East")
    terminal("community", "add", "Linli", *words)
    CliRunner().invoke(main, ["staff", "add", "Dora", "--role", "dispatcher", "--phone", DUTY, "--duty", "--password-stdin"],
                       input="correct horse battery\n")  # fmt: skip
    printed = terminal("fallback").stdout
    assert f"<Number>{DUTY}</Number>" in printed
    assert terminal("fallback", "--output", "fallback.xml").stdout == ""
    assert Path("fallback.xml").read_text() == printed
    terminal("community", "add", "Other", "--number", "+12125550177", *words[2:])
    assert terminal("fallback").exit_code == 1
    assert DUTY not in terminal("fallback", "--community", "+12125550177").stdout


# --- the words ----------------------------------------------------------------------------------------------------


def blanks(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_language_says_everything_with_the_same_blanks():
    for key, entry in catalog()["findings"].items():
        assert set(entry) == {"mark", *languages()}, key
        told = {language: entry[language] for language in languages()}
        assert len({len(each) for each in told.values()}) == 1, key
        assert len(told["en"]) == (1 if entry["mark"] == "ok" else 2), key
        for number_, sentence in enumerate(told["en"]):
            kinds = [blanks(each[number_]) for each in told.values()]
            assert all(kind <= blanks(" ".join(told["en"])) for kind in kinds), key
            assert sentence == sentence.strip(), key
    for table in ("phrases", "subjects", "words"):
        for key, entry in catalog()[table].items():
            assert set(entry) == set(languages()), key


def test_what_the_server_says_of_itself_is_said_in_every_language():
    source = (ROOT / "scripts" / "pulse.py").read_text("utf-8")
    said = {*pulse.SAYS.values(), *pulse.ALERTS.values(), *re.findall(r'(?:wrong|look)\.append\("([^"]+)"\)', source)}
    assert len(said) >= 14
    assert said == set(catalog()["health"])
    for entry in catalog()["health"].values():
        assert set(entry) | {"en"} == set(languages())


def test_every_key_is_used_and_none_is_unknown():
    source = "".join(path.read_text("utf-8") for path in (*SCRIPTS.glob("*.py"), ROOT / "dispatch" / "gaps.py",
                                                          ROOT / "voice" / "carrier" / "reach.py"))  # fmt: skip
    named = set(re.findall(r"""["']([a-z_]+)["']""", source))
    for name, table in catalog().items():
        assert name == "health" or set(table) - named == set()
    keys = set(catalog()["findings"]) | set(catalog()["phrases"])
    assert set(re.findall(r'(?:found|phrase)\(\s*"(\w+)"', source)) <= keys


def test_the_exchange_answers_as_the_carrier_s_office_does(ward):
    ward.environ["LINLI_CARRIER__MESSAGING_SERVICE_SID"] = "MG" + "1" * 32
    told = ward.found()
    assert "service_missing" not in told
    assert "service_inbound" not in told
    assert found("balance_ok", section="carrier", left="100.00", currency="USD").told("en") == told["balance_ok"].told(
        "en"
    )
