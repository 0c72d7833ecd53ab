"""The examination: every check in a table, what each needs, and how what was found is told."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from scripts.doctor import carriers, door, people, storage, timing, wiring
from scripts.doctor.findings import Finding, Mark, found, phrase
from scripts.doctor.patient import Patient
from scripts.sentences import sentence_for

Ask = Callable[[Patient], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One question. With nothing found and `ok` given, that is said."""

    subject: str
    ask: Ask
    ok: str = ""
    needs_database: bool = False
    needs_network: bool = False


CHECKS = (
    Check("settings", wiring.public_address),
    Check("settings", wiring.database_way),
    Check("settings", wiring.secrets_kept, ok="settings_ok"),
    Check("versions", lambda _: wiring.versions()),
    Check("database", storage.database),
    Check("database", storage.wholeness, needs_database=True),
    Check("database", storage.what_lies_open, needs_database=True),
    Check("disk", storage.disks),
    Check("backups", storage.backups, needs_database=True),
    Check("backups", storage.backup_place),
    Check("sheet", storage.day_sheets, needs_database=True),
    Check("clock", timing.wound),
    Check("clock", timing.set_back, needs_database=True),
    Check("clock", timing.zones, needs_database=True),
    Check("clock", timing.against_the_carrier, needs_network=True),
    Check("server", door.server),
    Check("server", timing.watch, needs_database=True),
    Check("door", door.loop, needs_network=True),
    Check("door", door.certificates, needs_network=True),
    Check("watchdog", door.outside_watchdog),
    Check("carrier", carriers.accounts, needs_network=True),
    Check("carrier", carriers.balances, needs_network=True),
    Check("carrier", carriers.messaging_service, needs_network=True),
    Check("numbers", carriers.numbers, needs_database=True, needs_network=True),
    Check("fallback", carriers.fallbacks, needs_database=True, needs_network=True),
    Check("people", people.communities, needs_database=True),
    Check("duty", people.duty, ok="duty_ok", needs_database=True),
    Check("logins", people.logins, needs_database=True),
    Check("residents", people.residents, ok="residents_ok", needs_database=True),
    Check("volunteers", people.volunteers, needs_database=True),
    Check("services", people.services, ok="services_ok", needs_database=True),
    Check("meals", people.meals, ok="meals_ok", needs_database=True),
)

_MARKS = {Mark.WRONG: "mark_wrong", Mark.LOOK: "mark_look", Mark.OK: "mark_ok"}


def examine(patient: Patient) -> list[Finding]:
    """Everything that was found, the worst first. A check that fails is a finding itself."""
    return in_order(each for check in CHECKS if _can(patient, check) for each in _asked(patient, check))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first, otherwise as they were found."""
    return sorted(findings, key=lambda each: list(Mark).index(each.mark))


def _can(patient: Patient, check: Check) -> bool:
    if check.needs_network and patient.is_quick:
        return False
    return not check.needs_database or patient.database is not None


def _asked(patient: Patient, check: Check) -> Iterator[Finding]:
    try:
        told = list(check.ask(patient))
    except Exception as error:  # the edge: what keeps a check from its answer is itself what is wrong
        told = [found("check_failed", why=sentence_for(error) or type(error).__name__)]
    if not told and check.ok:
        told = [found(check.ok)]
    return (replace(each, subject=check.subject) for each in told)


def as_text(findings: list[Finding], language: str) -> str:
    """For people: each finding in a line, its cure below it, and what it comes to."""
    lines = []
    for each in findings:
        sentence, cure = each.told(language)
        mark = phrase(_MARKS[each.mark], language)
        lines.append(f"{mark}  {each.about(language)}{phrase('colon', language)}{sentence}")
        if cure:
            lines.append(f"{' ' * 6}→ {cure}")
    return "\n".join([*lines, "", summed_up(findings, language)])


def summed_up(findings: list[Finding], language: str) -> str:
    """What it comes to, in a sentence."""
    count = {mark: sum(each.mark is mark for each in findings) for mark in Mark}
    if count[Mark.WRONG]:
        return phrase("wrong", language, wrong=count[Mark.WRONG], look=count[Mark.LOOK])
    return phrase("look" if count[Mark.LOOK] else "nothing", language, look=count[Mark.LOOK])


def as_json(findings: list[Finding], language: str) -> str:
    """For machines: an array of flat objects."""
    rows = []
    for each in findings:
        sentence, cure = each.told(language)
        rows.append({"mark": each.mark, "about": each.subject, "key": each.key, "finding": sentence, "cure": cure})
    return json.dumps(rows, ensure_ascii=False, indent=2)


def is_well(findings: Iterable[Finding]) -> bool:
    """Is nothing wrong?"""
    return not any(each.mark is Mark.WRONG for each in findings)
