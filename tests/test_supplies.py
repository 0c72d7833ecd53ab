"""Whose work we stand on: the locks, the licences, the bill of materials, and that nothing comes from anywhere else."""

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from click.testing import CliRunner

from scripts import supplies
from scripts.commands import main
from scripts.door import Mistake

ROOT = Path(__file__).parent.parent
ROOMS = ("models", "dispatch", "voice", "scripts")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-installer.lock")
# Under these anybody may run Linli and pass it on with what it stands on; nothing of the GPL is linked.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LGPL-3.0-only", "MIT",
    "MIT-0", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
# Declared and never imported by name, and what needs them all the same.
NEEDED_OTHERWISE = {
    "psycopg": "SQLAlchemy loads it for an address that begins with postgresql+psycopg",
    "pysqlite3": "models/storage.py loads it by its name where there is one for this machine",
    "tzdata": "Python's zoneinfo reads it where the machine has no time zones of its own",
    "mypy": "a program that scripts/test runs",
    "pytest-timeout": "pytest loads it",
    "pytest-xdist": "pytest loads it",
    "ruff": "a program that scripts/test runs",
    "bandit": "a program that a test runs",
    "detect-secrets": "a program that a test runs",
    "types-openpyxl": "mypy reads it",
    "types-requests": "mypy reads it",
}
# Asked for by whoever has it, and never installed by us: it brings a library under the GPL along.
ONLY_WHERE_IT_IS = {"vroom"}
_REGISTRY = re.compile(
    r"index-url|find-links|trusted-host|(?:pypi|registry|artifactory|devpi|nexus)\.[a-z-]+\.|pythonhosted|/simple/?[\s\"']", re.IGNORECASE
)  # fmt: skip


def lines_of(lock):
    """Each entry of a lock as one line."""
    return re.sub(r"\\\n\s*", " ", (ROOT / lock).read_text()).splitlines()


def declared():
    """What pyproject.toml names: to run, and to develop."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    return [{re.match(r"[\w-]+", entry)[0] for entry in entries} for entries in lists]


def imported(*folders):
    """The packages from outside whose modules are imported below these folders, as pyproject.toml would name them."""
    found = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    ours = {
        *ROOMS,
        *(path.stem for path in (ROOT / "tests").rglob("*.py")),
        *(p.name for p in (ROOT / "tests").iterdir()),
    }
    whose = packages_distributions()
    outside = found - ours - set(sys.stdlib_module_names)
    return {whose[module][0].lower().replace("_", "-") if module in whose else module for module in outside}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_names_one_version_and_the_files_that_may_be_installed(lock):
    lines = lines_of(lock)
    assert lines
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+", line), line[:80]


def test_what_is_tried_out_is_what_runs():
    assert set(lines_of("requirements.lock")) <= set(lines_of("requirements-dev.lock"))


def test_everything_is_installed_with_its_hashes():
    for path in ("scripts/bootstrap", "Dockerfile"):
        installs = re.findall(r"pip\"? install[^\n;]*", (ROOT / path).read_text())
        assert installs
        assert all("--require-hashes" in install for install in installs), path


def test_no_file_says_from_which_registry():
    looked_at = 0
    for path in ROOT.rglob("*"):
        place = path.relative_to(ROOT)
        is_ours = not any(
            part.startswith((".venv", ".git", ".mypy", ".ruff", ".hypo", ".pytest", "__")) for part in place.parts
        )
        if (
            is_ours
            and path.is_file()
            and path.suffix not in (".png", ".xlsx", ".db", ".wav")
            and path != Path(__file__)
        ):
            looked_at += 1
            found = _REGISTRY.search(path.read_text("utf-8", "replace"))
            assert not found, f"{place}: {found[0]}"
    assert looked_at > 500


def test_every_import_is_declared_and_everything_declared_is_used():
    to_run, to_develop = declared()
    assert imported(*ROOMS) - to_run == set()
    assert imported("tests") - to_run - to_develop == ONLY_WHERE_IT_IS
    assert to_run - imported(*ROOMS) - set(NEEDED_OTHERWISE) == set()
    assert to_develop - imported("tests") - set(NEEDED_OTHERWISE) == set()
    assert set(NEEDED_OTHERWISE) <= to_run | to_develop


def is_allowed(licence):
    """May it be passed on with Linli? An expression with brackets is for a person to read."""
    return any(all(one in ALLOWED for one in part.split(" AND ")) for part in licence.split(" OR "))


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_licence_is_one_of_the_allowed(lock):
    licences = dict(supplies.installed((ROOT / lock).read_text()))
    assert len(licences) > 40
    assert {package.name: licence for package, licence in licences.items() if not is_allowed(licence)} == {}


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "Proprietary", ""])
def test_what_is_not_allowed_would_be_noticed(licence):
    assert not is_allowed(licence)


def test_the_page_of_licences_is_fresh():
    assert (ROOT / "docs/licences.md").read_text() == supplies.page(supplies.LOCK.read_text())


def test_the_bill_of_materials_names_exactly_what_the_lock_installs(tmp_path):
    file = tmp_path / "linli.cdx.json"
    assert CliRunner().invoke(main, ["sbom", "--output", str(file)]).exit_code == 0
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    named = {f"{part['name']}=={part['version']}" for part in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text()
    assert named == set(re.findall(r"^[a-z0-9-]+==[^ ;\\]+", lock, re.MULTILINE))
    assert sum(len(part["hashes"]) for part in bill["components"]) == lock.count("--hash=sha256:")
    for part in bill["components"]:
        assert distribution(part["name"]).version == part["version"]
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        assert part["licenses"]


def test_the_same_lock_gives_the_same_bill():
    lock = supplies.LOCK.read_text()
    assert supplies.bill(lock) == supplies.bill(lock)
    assert (
        json.loads(supplies.bill(lock))["serialNumber"] != json.loads(supplies.bill("click==8.5.1\n"))["serialNumber"]
    )


def test_what_is_not_installed_as_the_lock_says_is_no_bill():
    for lock in ("flask==0.1\n", "nothing-like-it==1 \\\n    --hash=sha256:00\n"):
        with pytest.raises(Mistake, match="not installed as the lock says"):
            supplies.bill(lock)
    assert list(supplies.installed("nothing-like-it==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n")) == []
