"""One visit: read the settings, look at everything, say it. What the command line calls."""

import os
from dataclasses import replace
from pathlib import Path

from scripts.clock import Clock
from scripts.doctor import examination, timing, wiring
from scripts.doctor.findings import Finding, spoken
from scripts.doctor.patient import Patient
from scripts.settings import Settings, SettingsError

_SHAPES = {"json": examination.as_json, "text": examination.as_text}


def consult(
    config: Path | None,
    language: str,
    *,
    shape: str,
    is_quick: bool,
    fallback_url: str,
    accepts_clock: bool,
    port: int | None = None,
) -> tuple[str, bool]:
    """What the doctor says, in that language and shape ("text", "json"), and whether nothing is wrong."""
    findings = _findings(config, port, is_quick=is_quick, fallback_url=fallback_url, accepts_clock=accepts_clock)
    return _SHAPES[shape](findings, spoken(language)), examination.is_well(findings)


def _findings(
    config: Path | None, port: int | None, *, is_quick: bool, fallback_url: str, accepts_clock: bool
) -> list[Finding]:
    try:
        settings = Settings.load(config, os.environ, port=port)
        clock = Clock(settings.carrier.clock_file)
    except SettingsError as error:
        # Without settings there is no patient; but the programs can be looked at.
        wrong = [replace(each, subject="settings") for each in wiring.faults_of(error)]
        return wrong + [replace(each, subject="versions") for each in wiring.versions()]
    patient = Patient(
        settings, config=config, environ=os.environ, clock=clock, is_quick=is_quick, fallback_url=fallback_url
    )
    accepted = [replace(timing.accept_clock(patient), subject="clock")] if accepts_clock else []
    return examination.in_order([*accepted, *examination.examine(patient)])
