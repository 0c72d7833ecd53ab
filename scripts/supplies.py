"""Whose work Linli stands on: what the lock installs, under which licence, as a bill of materials and as a page."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import click

from scripts.door import Door, Mistake, opened

_HOME = Path(__file__).parents[1]
LOCK = _HOME / "requirements.lock"
_LOCKED = re.compile(
    r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)(?:[^\S\n]*;[^\S\n]*(.*?))?[^\S\n]*(?:\\|$)((?:\s+--hash=sha256:[0-9a-f]+[^\S\n]*\\?)*)",
    re.MULTILINE,
)
# What packages write about themselves in words, as the SPDX list calls it.
_SPDX = {
    "Apache 2.0": "Apache-2.0", "Apache Software License": "Apache-2.0", "BSD 2-Clause License": "BSD-2-Clause",
    "MIT License": "MIT", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}  # fmt: skip
# It says nothing of itself but has a file with its licence, which was read.
_READ = {"pysqlite3": "Zlib"}
_TOP = """\
# The licences of what Linli stands on

Written by `scripts/linli sbom --format page --output docs/licences.md` from what the packages say of themselves; a test
says when it is stale. These are the packages that `requirements.lock` installs to run Linli. What only its tests need
is in `requirements-dev.lock`; the test looks at those licences too. Not in the list: Python itself (PSF-2.0); SQLite
(public domain) inside `pysqlite3`; PostgreSQL's client library (PostgreSQL licence) and OpenSSL (Apache-2.0) inside
`psycopg-binary`.

`psycopg` is under the LGPL: Linli uses it as it is, anybody may put another version in its place, and nothing of it is
copied here. The bill of materials, with a hash for each file that may be installed:
`scripts/linli sbom --output linli.cdx.json`.

| package | version | licence |
|---|---|---|
"""


@dataclass(frozen=True)
class Locked:
    """One entry of a lock: where `only_where` does not hold, it is not installed."""

    name: str
    version: str
    only_where: str
    hashes: tuple[str, ...]


def locked(text: str) -> Iterator[Locked]:
    """What a lock names."""
    for name, version, only_where, hashes in _LOCKED.findall(text):
        yield Locked(name, version, only_where, tuple(re.findall(r"sha256:([0-9a-f]+)", hashes)))


def licence_of(package: Distribution) -> str:
    """What a package says of its licence: an SPDX expression where there is one, else its own words; "" if nothing."""
    said = package.metadata
    fields = {name: said[name] for name in ("License-Expression", "License") if name in said}
    words = next(iter(fields.values()), "").strip()
    if not words or "\n" in words or words in ("Dual License", "UNKNOWN"):  # the whole text, or nothing that says which
        kinds = [line.split(" :: ")[-1] for line in said.get_all("Classifier", []) if line.startswith("License :: OSI")]
        words = " OR ".join(_SPDX.get(kind, kind) for kind in kinds)
    return _SPDX.get(words, words) or _READ.get(package.name.lower(), "")


def installed(lock: str) -> Iterator[tuple[Locked, str]]:
    """What of a lock is installed here, with its licence. Raises Mistake where it is not what the lock says."""
    entries = list(locked(lock))
    for wanted in entries:
        try:
            there = distribution(wanted.name)
        except PackageNotFoundError:
            if wanted.only_where:
                continue
            raise Mistake(_cure(wanted)) from None
        if there.version == wanted.version:
            yield wanted, licence_of(there)
        elif there.version not in {entry.version for entry in entries if entry.name == wanted.name}:
            raise Mistake(_cure(wanted))


def _cure(wanted: Locked) -> str:
    return f"{wanted.name} {wanted.version} is not installed as the lock says: remove the folder .venv and try again."


def bill(lock: str) -> str:
    """The bill of materials, CycloneDX 1.6. The same lock on the same kind of machine gives the same bill."""
    parts = [_component(package, licence) for package, licence in installed(lock)]
    ours = tomllib.loads((_HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    linli = {"type": "application", "bom-ref": ours["name"], "name": ours["name"], "version": ours["version"]}
    content: dict[str, Any] = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": uuid5(NAMESPACE_URL, json.dumps([linli, *parts])).urn,
        "metadata": {"component": {**linli, **_licences(ours["license"])}},
        "components": parts,
    }  # fmt: skip
    return json.dumps(content, indent=2) + "\n"


def _component(package: Locked, licence: str) -> dict[str, Any]:
    address = f"pkg:pypi/{package.name}@{package.version}"
    return {
        "type": "library", "bom-ref": address, "name": package.name, "version": package.version, "purl": address,
        **_licences(licence),
        "hashes": [{"alg": "SHA-256", "content": content} for content in package.hashes],
    }  # fmt: skip


def _licences(licence: str) -> dict[str, Any]:
    """As the format wants it: words that are not SPDX's are a name, everything else is an expression."""
    if " License" in licence or not licence:
        return {"licenses": [{"license": {"name": licence}}]} if licence else {}
    return {"licenses": [{"expression": licence}]}


def page(lock: str) -> str:
    """The same as a page for people."""
    return _TOP + "".join(_row(package, licence) for package, licence in installed(lock))


def _row(package: Locked, licence: str) -> str:
    return f"| {package.name} | {package.version} | {licence} |\n"


_SHAPES = {"cyclonedx": bill, "page": page}


@click.command("sbom")
@click.option(
    "--format", "shape", type=click.Choice(tuple(_SHAPES)), default="cyclonedx", help="For machines or people."
)
@click.option("--output", type=click.Path(path_type=Path), help="The file to write; without it, standard output.")
@click.pass_obj
def sbom(door: Door, shape: str, output: Path | None) -> None:
    """Write whose work Linli stands on: every package that is installed to run it, its hashes and its licence."""
    written = _SHAPES[shape](LOCK.read_text(encoding="utf-8"))
    with opened(output) as out:
        out.write(written.encode())
