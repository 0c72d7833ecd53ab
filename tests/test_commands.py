"""The operator's command line, as an operator meets it: what it does, what it says, how it ends."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from list_office import LISTS

from models.schema import migrate
from models.storage import sqlite_module
from scripts.commands import main

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse battery\n"
PLACE = ("--timezone", "Asia/Shanghai", "--language", "zh-CN", "--zones", "南坊;北坊;井巷")
FOUND = ["community", "add", "坊间", "--number", "+861055558000", *PLACE]


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    raw: bytes


class Terminal:
    """A terminal in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str | Path, stdin: str | bytes = "", **environ: str) -> Ended:
        """Call scripts/linli."""
        result = CliRunner(env={"LANG": "C", "LC_ALL": "C", **environ}).invoke(
            main, [str(word) for word in words], input=stdin
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return Ended(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)

    def does(self, *words: str | Path, stdin: str = "") -> str:
        """Call scripts/linli, which ends well."""
        ended = self.run(*words, stdin=stdin)
        assert (ended.code, ended.err) == (0, "")
        return ended.out

    def fails(self, *words: str | Path, stdin: str | bytes = "", **environ: str) -> str:
        """Call scripts/linli, which ends with a sentence on standard error and nothing on standard output."""
        ended = self.run(*words, stdin=stdin, **environ)
        assert ended.code != 0
        assert ended.out == ""
        assert ended.err.strip()
        return ended.err.strip()


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path)


@pytest.fixture
def office(terminal: Terminal) -> Terminal:
    terminal.does(*FOUND)
    return terminal


def test_from_nothing_to_a_community_with_its_people(terminal: Terminal):
    assert terminal.does(*FOUND) == "Founded 坊间 at +861055558000.\n"
    assert terminal.does("community", "list") == "+861055558000\t坊间\tAsia/Shanghai\tzh-CN\n"
    told = terminal.does("import", "residents", LISTS / "residents-gb18030.csv", "--enrolled")
    assert told == "residents: 8 new, 0 changed, 0 unchanged.\nConsent on paper recorded: 8.\n"
    assert terminal.does("import", "menu", LISTS / "menu.csv") == "menu: 4 new, 0 changed, 0 unchanged.\n"
    assert "3 new" in terminal.does("import", "standing-orders", LISTS / "standing-orders.csv")
    assert len(json.loads(terminal.does("export", "residents", "--format", "json"))) == 8
    assert json.loads(terminal.does("export", "messages", "--format", "json")) == []


def test_a_list_with_mistakes_names_each_on_standard_error_and_stores_nothing(office: Terminal):
    told = office.fails("import", "residents", LISTS / "residents-with-mistakes.csv").splitlines()
    assert len(told) == 7
    assert told[0] == "residents-with-mistakes.csv: line 3, 电话: “没有电话” is no telephone number"
    assert told[-1] == "Nothing was stored. Mistakes to be put right: 6."
    assert json.loads(office.does("export", "residents", "--format", "json")) == []


@pytest.mark.parametrize(
    ("option", "environ", "says"),
    [
        ([], {"LC_ALL": "zh_CN.UTF-8"}, "第3行"),
        ([], {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "第3行"),
        (["--language", "zh"], {}, "第3行"),
        ([], {"LC_ALL": "fr_FR.UTF-8"}, "line 3"),
        (["--language", "en"], {"LC_ALL": "zh_CN.UTF-8"}, "line 3"),
    ],
)
def test_mistakes_are_told_in_the_operators_language(
    office: Terminal, option: list[str], environ: dict[str, str], says: str
):
    assert says in office.fails(*option, "import", "residents", LISTS / "residents-with-mistakes.csv", **environ)


def test_a_dry_run_stores_nothing(office: Terminal):
    told = office.does("import", "residents", LISTS / "residents-gb18030.csv", "--dry-run")
    assert "8 would be new" in told
    assert json.loads(office.does("export", "residents", "--format", "json")) == []


def test_an_export_goes_to_standard_output_or_to_a_file_for_its_owner_alone(office: Terminal):
    office.does("import", "residents", LISTS / "residents-gb18030.csv")
    piped = office.run("export", "residents", "--format", "xlsx").raw
    assert piped.startswith(b"PK")
    assert office.does("export", "residents", "--format", "csv", "--output", "people.csv") == ""
    assert (office.folder / "people.csv").stat().st_mode & 0o777 == 0o600
    assert (office.folder / "people.csv").read_bytes().startswith(b'\xef\xbb\xbf"id","name"')
    assert "unchanged" in office.does("import", "residents", "people.csv")


def test_where_an_export_cannot_go(office: Terminal):
    assert (
        office.fails("export", "residents", "--format", "csv", "--output", "no/where.csv") == "There is no folder no."
    )
    assert "is a folder" in office.fails("export", "residents", "--format", "csv", "--output", ".")
    assert sorted(path.name for path in office.folder.iterdir() if not path.name.startswith("linli.")) == []


def test_staff(office: Terminal):
    told = office.does(
        "staff",
        "add",
        "王主任",
        "--role",
        "coordinator",
        "--phone",
        "+861055558001",
        "--duty",
        "--password-stdin",
        stdin=PASSWORD,
    )
    assert told == "王主任 can log in to the board of 坊间 as coordinator.\n"
    again = ("staff", "add", "王主任", "--role", "调度员", "--password-stdin")
    assert office.fails(*again, stdin=PASSWORD) == "There is already somebody on the staff called 王主任."
    assert office.fails(*again, stdin=PASSWORD, LC_ALL="zh_CN.UTF-8") == "工作人员中已经有王主任。"


def test_somebody_is_invited_by_a_link_instead_of_a_password(office: Terminal):
    told, link = office.does("staff", "add", "李梅", "--role", "dispatcher", "--invite").splitlines()
    assert told == "李梅 can log in to the board of 坊间 as dispatcher."
    assert re.fullmatch(r"https?://[^/]+/invitation/[\w-]{43}", link)
    again = office.does("staff", "invite", "李梅").strip()
    assert re.fullmatch(r"https?://[^/]+/invitation/[\w-]{43}", again)
    assert again != link
    assert office.fails("staff", "invite", "Nobody") == "Nobody on the staff is called Nobody."
    both = ("staff", "add", "王五", "--role", "auditor", "--invite", "--password-stdin")
    assert "--password-stdin or --invite" in office.fails(*both, stdin=PASSWORD)


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (["--role", "auditor", "--password-stdin"], "sunshine", "one of the first that anybody would try"),
        (
            ["--role", "boss", "--password-stdin"],
            PASSWORD,
            "There is no role boss; the roles are dispatcher, coordinator",
        ),
        (["--role", "auditor", "--password-stdin"], "short\n", "The password needs at least 8 characters."),
        (["--role", "auditor", "--password-stdin"], "", "The password needs at least 8 characters."),
        (["--role", "auditor", "--password-stdin"], b"\xff\xff\n", "The password is not UTF-8 text."),
        (["--role", "auditor", "--phone", "12", "--password-stdin"], PASSWORD, "12 is no telephone number."),
        (["--role", "auditor"], PASSWORD, "--password-stdin"),
    ],
)
def test_staff_who_cannot_be_added(office: Terminal, words: list[str], stdin: str, says: str):
    assert says in office.fails("staff", "add", "李", *words, stdin=stdin)


def test_a_meal_is_closed_once(office: Terminal):
    office.does("import", "menu", LISTS / "menu.csv")
    assert office.does("meals", "close", "2026-11-23", "lunch") == "Closed; rounds made: 0.\n"
    assert office.does("meals", "close", "2026-11-23", "午餐") == "These orders were closed already.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["2026-11-25", "lunch"], "There is no menu for lunch on 2026-11-25."),
        (["tomorrow", "lunch"], "tomorrow is no date like 2026-11-23."),
        (["2026-11-23", "brunch"], "There is no meal brunch; the meals are lunch, dinner."),
    ],
)
def test_meals_that_cannot_be_closed(office: Terminal, words: list[str], says: str):
    assert office.fails("meals", "close", *words) == says


def test_with_several_communities_one_must_be_named(office: Terminal):
    assert "already a community" in office.fails(*FOUND)
    second = [*FOUND]
    second[2], second[4] = "乙坊", "+861055558009"
    office.does(*second)
    told = office.fails("import", "menu", LISTS / "menu.csv")
    assert told == "There are several communities; add --community with one of +861055558000, +861055558009."
    office.does("import", "menu", LISTS / "menu.csv", "--community", "+861055558009")
    assert len(json.loads(office.does("export", "menu", "--format", "json", "--community", "+861055558009"))) == 4
    assert json.loads(office.does("export", "menu", "--format", "json", "--community", "+861055558000")) == []
    assert "no community with the number 5" in office.fails("import", "menu", LISTS / "menu.csv", "--community", "5")


def test_before_there_is_a_community(terminal: Terminal):
    told = terminal.fails("import", "menu", LISTS / "menu.csv")
    assert told == "There is no community yet: scripts/linli community add --help"
    assert terminal.does("migrate") == "The database is up to date.\n"


@pytest.mark.parametrize(
    ("differs", "says"),
    [
        ({"--number": "010 5555 8000"}, "no telephone number in international notation"),
        ({"--timezone": "Beijing"}, "Beijing is no time zone"),
        ({"--zones": " ; "}, "At least one zone is needed"),
        ({"--language": "Klingon!"}, "Klingon! is no language tag"),
    ],
)
def test_communities_that_cannot_be(terminal: Terminal, differs: dict[str, str], says: str):
    words = [*FOUND]
    for option, value in differs.items():
        words[words.index(option) + 1] = value
    assert says in terminal.fails(*words)
    assert terminal.does("community", "list") == ""


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("none.csv", "none.csv: no such file or directory."),
        (".", ".: is a directory."),
        ("junk", "junk: This is no list we can read: save it as CSV (UTF-8 or GB18030) or as XLSX."),
        ("empty", "empty: There is nothing in this file but headings, or nothing at all."),
    ],
)
def test_files_that_cannot_be_read(office: Terminal, file: str, says: str):
    (office.folder / "junk").write_bytes(bytes(range(256)) * 9)
    (office.folder / "empty").touch()
    assert office.fails("import", "residents", file).splitlines()[0] == says


def test_settings_that_cannot_be_used(terminal: Terminal):
    (terminal.folder / "config.toml").write_text("[server]\nport = 'x'\nhots = 1\n")
    told = terminal.fails("--config", "config.toml", "community", "list").splitlines()
    assert len(told) == 2
    assert "no such file" in terminal.fails("--config", "none.toml", "community", "list")


def test_databases_that_cannot_be_used(terminal: Terminal):
    (terminal.folder / "junk.db").write_bytes(b"This is no database. " * 100)
    for url, says in [
        ("sqlite:///junk.db", "The file named in [database] url is no SQLite database."),
        ("postgresql://me:hunter22@127.0.0.1:1/x", "The database server does not answer: see [database] url."),
        ("sqlite:///none/linli.db", "[database] url should be in a folder that exists"),
    ]:
        told = terminal.fails("community", "list", LINLI_DATABASE__URL=url)
        assert told.startswith(says)
        assert "hunter22" not in told


def test_a_database_of_another_version_is_refused_with_the_cure(terminal: Terminal):
    migrate("sqlite:///linli.db")
    with sqlite3.connect("linli.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'zzzz'")
    for words in (["community", "list"], ["migrate"]):
        assert "newer version" in terminal.fails(*words)
    with sqlite3.connect("linli.db") as database:
        database.execute("DELETE FROM alembic_version")
    assert "not Linli's" in terminal.fails("community", "list")


def test_a_database_that_is_held_by_another_program_is_told(office: Terminal):
    # By the library that we use ourselves: two of them in one process do not see each other's locks.
    holder = sqlite_module().connect("linli.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert office.fails("import", "menu", LISTS / "menu.csv").startswith("The database is busy")
        assert office.does("community", "list")  # who only looks waits for nobody
    finally:
        holder.close()


def test_every_command_explains_itself():
    groups = [[], ["community"], ["staff"], ["meals"]]
    commands = [["migrate"], ["community", "add"], ["community", "list"], ["import"], ["export"], ["staff", "add"]]
    for words in [*groups, *commands, ["meals", "close"], ["watch"], ["doctor"], ["fallback"], ["sbom"]]:
        result = CliRunner().invoke(main, [*words, "--help"])
        assert result.exit_code == 0
        assert "Usage:" in result.stdout


def test_as_a_program_of_its_own_from_any_folder(tmp_path: Path):
    """The modules come from the checkout, the files and the database from where the caller stands."""
    (tmp_path / "models.py").write_text("raise SystemExit('wrong models')")
    (tmp_path / "people.csv").write_bytes((LISTS / "residents-gb18030.csv").read_bytes())
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C"}

    def linli(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-P", "-m", "scripts.commands", *words]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)

    assert linli(*FOUND).returncode == 0
    assert linli("import", "residents", "people.csv").returncode == 0
    assert (tmp_path / "linli.db").exists()
    failed = linli("import", "residents", "none.csv")
    assert (failed.returncode, failed.stdout, failed.stderr) == (1, b"", b"none.csv: no such file or directory.\n")


def test_whoever_stops_reading_an_export_sees_no_trace(office: Terminal):
    office.does("import", "residents", LISTS / "residents-gb18030.csv")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = f"{sys.executable} -P -m scripts.commands export residents --format csv | true"
    ended = subprocess.run(["sh", "-c", command], cwd=office.folder, env=environ, capture_output=True, check=False)
    assert ended.stderr == b""
