"""Faults planted in a copy of the program, one by one: the checks that are named beside each must find it.

A line of `faults.toml` says what is wrong, in which file, what stands there, what is put in its place, and which tests
should notice. A fault that no test notices is a hole in the tests.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_LIST = Path(__file__).with_name("faults.toml")
_SECONDS = 400


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong on purpose."""

    name: str
    file: str
    stands: str
    put: str
    checks: str  # words of pytest: files, and -k

    def is_current(self) -> bool:
        """Does what it would replace still stand there, once?"""
        return (ROOT / self.file).read_text("utf-8").count(self.stands) == 1

    def plant(self, copy: Path) -> None:
        """Put it into a copy of the program."""
        path = copy / self.file
        path.write_text(path.read_text("utf-8").replace(self.stands, self.put), "utf-8")

    def pull_out(self, copy: Path) -> None:
        """Make the copy whole again."""
        (copy / self.file).write_text((ROOT / self.file).read_text("utf-8"), "utf-8")


def faults() -> list[Fault]:
    """All of them, as they stand in the list."""
    with _LIST.open("rb") as file:
        return [Fault(name, **told) for name, told in tomllib.load(file).items()]


def copied(folder: Path) -> Path:
    """A copy of what git knows of the program, the changes that are not committed included."""
    copy = folder / "program"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return copy


def is_noticed(fault: Fault, copy: Path) -> tuple[bool, str]:
    """Plant it, run its checks, pull it out; the first test that noticed, or why none did."""
    fault.plant(copy)
    try:
        ended = _run(fault.checks, copy)
    finally:
        fault.pull_out(copy)
    noticed = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED tests/", "ERROR tests/"))]
    if ended.returncode == 1 and noticed:
        return True, noticed[0].split(" - ")[0].removeprefix("FAILED ").removeprefix("ERROR ")
    return False, (ended.stdout.splitlines() or ["the checks said nothing"])[-1]


def is_whole(fault: Fault, copy: Path) -> bool:
    """Do its checks pass while nothing is planted? Only then their failing says anything."""
    return _run(fault.checks, copy).returncode == 0


def _run(checks: str, copy: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *_words(checks)]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=_SECONDS)


def _words(checks: str) -> Iterator[str]:
    """tests/a.py tests/b.py -k 'these or those': what stands behind -k is one word."""
    files, _, chosen = checks.partition(" -k ")
    yield from files.split()
    if chosen:
        yield from ("-k", chosen.strip("'"))


def main(argv: list[str]) -> int:
    """Plant all, or those that are named."""
    parser = argparse.ArgumentParser(prog="scripts/soak planted", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these (all, without)")
    parser.add_argument("--whole", action="store_true", help="first see that the checks pass with nothing planted")
    chosen = parser.parse_args(argv)
    wanted = [fault for fault in faults() if not chosen.names or fault.name in chosen.names]
    missed = []
    with tempfile.TemporaryDirectory(prefix="linli-planted-") as folder:
        copy = copied(Path(folder))
        for number, fault in enumerate(wanted, start=1):
            began_at = time.monotonic()
            found, told = is_noticed(fault, copy) if not chosen.whole or is_whole(fault, copy) else (False, "not whole")
            missed += [] if found else [fault.name]
            print(f"{number:3} {'caught' if found else 'MISSED'} {fault.name}: {told} ({time.monotonic() - began_at:.0f} s)",
                  flush=True)  # fmt: skip
    print(
        f"{len(wanted)} faults planted, {len(wanted) - len(missed)} caught"
        + (f"; missed: {', '.join(missed)}" if missed else "")
    )
    return 1 if missed else 0
