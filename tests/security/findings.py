"""What a tool found, and what of it is meant: accepted.toml names each with its reason, and nothing that is not found."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_ACCEPTED = Path(__file__).with_name("accepted.toml")


@dataclass(frozen=True)
class Finding:
    """One place where a tool sees a fault."""

    tool: str
    rule: str
    path: str  # below the root; or an address
    line: int = 0
    told: str = ""  # the line of code, or what the tool says

    def __str__(self):
        return f"{self.tool} {self.rule} {self.path}:{self.line} {self.told.strip()[:160]}"


@dataclass(frozen=True)
class Accepted:
    """What a tool sees and we mean."""

    tool: str
    rule: str
    where: str  # a path, with * for anything
    why: str
    says: str | list[str] = ""  # stands in the line, or one of these does

    def fits(self, finding):
        """Is it this one?"""
        same = (self.tool, self.rule) == (finding.tool, finding.rule)
        words = [self.says] if isinstance(self.says, str) else self.says
        return same and fnmatch(finding.path, self.where) and any(word in finding.told for word in words)


def accepted():
    """All of them."""
    with _ACCEPTED.open("rb") as file:
        return [Accepted(**told) for told in tomllib.load(file)["accepted"]]


def judged(found, tools):
    """What is open: findings that nobody has accepted, and what was accepted for these tools and is found no more."""
    known = [one for one in accepted() if one.tool in tools]
    is_open = [finding for finding in found if not any(one.fits(finding) for one in known)]
    stale = [one for one in known if not any(one.fits(finding) for finding in found)]
    return [str(finding) for finding in is_open] + [
        f"accepted, but not found: {one.tool} {one.rule} {one.where}" for one in stale
    ]


def line_of(path, number):
    """That line of a file of ours."""
    lines = (ROOT / path).read_text("utf-8", errors="replace").splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""
