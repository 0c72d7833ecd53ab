"""SIGKILL, in short; the long one is scripts/soak kills. In a process of its own, for it forks."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def kills(*words, first=""):
    """Run the campaign after doing `first`; its status, and what it printed."""
    code = f"import sys; from campaigns.kills import main; {first}sys.exit(main(sys.argv[1:]))"
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "--jobs", "1", *words], env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_killed_anywhere_nothing_acknowledged_is_lost_and_nothing_is_doubled():
    status, printed = kills(
        "--trials", "8", "--seed", "500", "--story", "lunch_by_call", "--story", "an_errand_by_text"
    )
    assert status == 0, printed
    assert "0 lost, 0 doubled, 0 corrupt" in printed


def test_the_kills_would_find_an_outbox_that_does_not_look_before_it_sends_again():
    blind = "from voice.carrier.client import Carrier; Carrier.find_text = lambda *_, **__: None; "
    status, printed = kills(
        "--trials", "2", "--story", "lunch_by_text", "--at", "after the carrier was asked", first=blind
    )
    assert status == 1, printed
    assert "doubled: the carrier has one of messages" in printed
