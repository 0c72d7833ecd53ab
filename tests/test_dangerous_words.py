"""What the program never does, or in one place only: run commands, run text, write SQL or markup by hand, weak hashes."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("models", "dispatch", "voice", "scripts")
# What turns text into deeds, or fetches from elsewhere: the only files that may, and why.
ONLY_IN = {
    "subprocess": {"scripts/simulated.py": "speaks what is typed on the handset page, where nobody is real"},
    "importlib": {
        "scripts/tending.py": "our own modules, by fixed names", "models/storage.py": "a fixed name",
    },
    "requests": {
        "voice/carrier/client.py": "the carrier", "voice/carrier/reach.py": "whether the carrier reaches us", "scripts/simulated.py": "our own webhooks",
        "scripts/outside.py": "the watchdog of the settings",
        "scripts/provider.py": "the provider of logins of the settings, and where it says that it is asked",
    },
    "random": {
        "dispatch/shortening.py": "rounds that come out the same each time", "voice/exchange/faults.py": "mishaps of the simulated carrier",
        "voice/exchange/living": "the town of the training", "dispatch/planning": "invented weeks",
    },
    "xml": {
        "voice/exchange": "reads TwiML that we have written", "voice/twiml_check.py": "the same; refuses every document type",
        "scripts/doctor/carriers.py": "looks at what twiml_check has read",
    },
}  # fmt: skip
NOWHERE = {
    "pickle",
    "marshal",
    "shelve",
    "yaml",
    "xml.sax",
    "xml.dom",
    "lxml",
    "ctypes",
    "telnetlib",
    "ftplib",
    "smtplib",
}
# SQL that is put together: names of our own tables, settings and schemas, in the files that copy whole databases.
SQL_OF_OUR_OWN_NAMES = {"models/copies.py", "models/server_rows.py", "models/restoring.py", "models/condition.py"}
# Patterns that are put together: of words of our own tables.
PATTERNS_OF_OUR_OWN = {
    "dispatch/board/forms.py": "weekdays", "dispatch/board/pages/front.py": "the id of who looks",
    "voice/carrier/forms.py": "how a value begins, from the table above it",
    "voice/volunteer_words.py": "parts that are escaped where they are joined",
}  # fmt: skip
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|set(?:Timeout|Interval)\([\"'`]"
)


@cache
def sources():
    """Every file of the rooms, read once."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "versions" not in path.parts]
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))) for path in files]


@cache
def imported():
    """The modules that each file imports."""
    found = {path: set() for path, _ in sources()}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found[path] |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found[path].add(node.module)
    return found


def calls(tree):
    """Each call with the name by which it is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def is_of(name, module):
    return name == module or (name.startswith(f"{module}.") and name != "importlib.metadata")


@pytest.mark.parametrize("module", [*ONLY_IN, *sorted(NOWHERE)])
def test_what_is_dangerous_stays_where_it_is_needed(module):
    places = ONLY_IN.get(module, {})
    users = [path for path, names in imported().items() if any(is_of(name, module) for name in names)]
    assert [path for path in users if not path.startswith(tuple(places))] == []
    assert [place for place in places if not any(path.startswith(place) for path in users)] == [], "needed no more"


def test_no_text_is_ever_run_and_no_shell_started():
    for path, tree in sources():
        for name, call in calls(tree):
            plain = isinstance(call.func, ast.Name)
            assert not (plain and name in ("eval", "exec", "compile", "__import__")), f"{path}:{call.lineno}"
            assert name not in ("system", "popen", "spawnl", "spawnv"), f"{path}:{call.lineno}"
            assert not any(keyword.arg == "shell" for keyword in call.keywords), f"{path}:{call.lineno}"


def test_no_sql_is_put_together_from_what_anybody_wrote():
    seen = 0
    for path, tree in sources():
        constants = {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
        for name, call in calls(tree):
            if (
                name not in ("text", "exec_driver_sql", "literal_column")
                or not call.args
                or (name == "text" and not is_sql(call))
            ):
                continue
            seen += 1
            said = call.args[0]
            fixed = isinstance(said, ast.Constant) or (isinstance(said, ast.Name) and said.id in constants)
            fixed |= (
                isinstance(said, ast.IfExp)
                and isinstance(said.body, ast.Constant)
                and isinstance(said.orelse, ast.Constant)
            )
            assert fixed or path in SQL_OF_OUR_OWN_NAMES, f"{path}:{call.lineno}"
    assert seen > 20


def is_sql(call):
    return isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in ("sa", "sqlalchemy")


def test_no_weak_hash_is_used():
    for path, tree in sources():
        for name, call in calls(tree):
            assert name not in ("md5", "sha1", "new") or path == "scripts/house.py", f"{path}:{call.lineno}"
        weak = [
            node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ("md5", "sha1")
        ]
        assert weak == [], path


def test_our_scripts_never_write_markup_nor_run_text():
    files = [*(ROOT / "dispatch/board/static").glob("*.js"), *(ROOT / "voice/exchange/static").glob("*.js")]
    assert len(files) > 4
    for file in files:
        assert not MARKUP.search(file.read_text()), file.name


def test_the_board_keeps_nothing_in_the_browser():
    for file in (ROOT / "dispatch/board/static").glob("*.js"):
        assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie|postMessage", file.read_text()), (
            file.name
        )


def test_no_template_calls_what_was_typed_safe():
    pages = [*(ROOT / "dispatch/board/templates").rglob("*.html"), *(ROOT / "voice/exchange/templates").rglob("*.html")]
    assert len(pages) > 40
    for page in pages:
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", page.read_text()), page.name


def test_words_in_a_pattern_are_only_words():
    seen = 0
    for path, tree in sources():
        for name, call in calls(tree):
            is_pattern = (
                isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "re" and name != "escape"
            )
            if not is_pattern or not call.args or isinstance(call.args[0], ast.Constant):
                continue
            seen += 1
            built = [part.value for part in ast.walk(call.args[0]) if isinstance(part, ast.FormattedValue)]
            assert all("escape" in ast.unparse(part) or path in PATTERNS_OF_OUR_OWN for part in built), (
                f"{path}:{call.lineno}: {ast.unparse(call.args[0])}"
            )
    assert seen > 0
