"""Tools that read: bandit, our own rules for semgrep, detect-secrets. Each also finds what was put there for it."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from security.findings import ROOT, Finding, line_of

ROOMS = ("models", "dispatch", "voice", "scripts")
_HERE = Path(__file__).parent
RULES, CANARIES = _HERE / "rules.yaml", _HERE / "canaries"
_LINT, _SCAN = ROOT / ".venv-dev" / "bin", ROOT / ".venv-scan" / "bin"
# What a tool writes beside its findings, and whatever git does not know.
_SHELL_LINE = "import subprocess\n\n\ndef spoken(words):\n    subprocess.run(words, shell=True)\n"


def run(command, *, folder=ROOT, more=None, seconds=900, may_end_with=(0, 1)):
    """A tool's output. Raises RuntimeError when it broke down instead of answering."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("LINLI_", "SEMGREP_"))} | (
        more or {}
    )
    ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=seconds)
    if ended.returncode not in may_end_with:
        raise RuntimeError(f"{Path(command[0]).name} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return ended.stdout


def bandit(*, folder=ROOT, paths=ROOMS):
    """Usual slips of Python programs."""
    told = json.loads(run([_LINT / "bandit", "-q", "-r", *paths, "-f", "json"], folder=folder))
    broken = [Finding("bandit", "unread", error["filename"], 0, error["reason"]) for error in told["errors"]]
    return broken + [
        Finding("bandit", one["test_id"], one["filename"].removeprefix("./"), one["line_number"], _code(one))
        for one in told["results"]
    ]


def _code(one):
    lines = dict(line.split(" ", 1) for line in one["code"].splitlines() if " " in line)
    return lines.get(str(one["line_number"]), "")


def semgrep(*, folder=ROOT, paths=ROOMS):
    """What this house has forbidden itself. Nothing is asked of its makers, and nothing told to them."""
    with tempfile.TemporaryDirectory() as home:
        more = {"HOME": home, "SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0", "PYTHONWARNINGS": "ignore",
                "PATH": f"{_SCAN}:{os.environ['PATH']}"}  # fmt: skip
        asked = [_SCAN / "semgrep", "scan", "--config", RULES, "--metrics", "off", "--disable-version-check", "--no-git-ignore",
                 "--json", "--quiet", *paths]  # fmt: skip
        told = json.loads(run(asked, folder=folder, more=more))
    return [_unread(error) for error in told["errors"]] + [
        Finding("semgrep", one["check_id"].rpartition(".")[2], one["path"], one["start"]["line"],
                (Path(folder) / one["path"]).read_text("utf-8").splitlines()[one["start"]["line"] - 1])
        for one in told["results"]
    ]  # fmt: skip


def _unread(error):
    """What it could not read: the line itself, which stays when lines before it come and go."""
    at = re.search(rf"{re.escape(error['path'])}:(\d+)", error["message"])
    line = int(at[1]) if at else 0
    return Finding("semgrep", "unread", error["path"], line, line_of(error["path"], line) or error["message"])


def secrets(*, folder=ROOT, paths=None):
    """Passwords, keys and tokens in any file that git knows or would take."""
    told = json.loads(
        run([_LINT / "detect-secrets", "scan", "--no-verify", *(_files() if paths is None else paths)], folder=folder)
    )
    return [
        Finding(
            "detect-secrets",
            one["type"],
            name,
            one["line_number"],
            line_of(name, one["line_number"]) if folder == ROOT else "",
        )
        for name, found in told["results"].items()
        for one in found
    ]


def _files():
    listed = run(["git", "ls-files", "-co", "--exclude-standard", "-z"]).split("\0")
    # Locks are sums of packages, nothing else.
    return [name for name in listed if name and not name.endswith(".lock") and (ROOT / name).is_file()]


# --- do they still find? ------------------------------------------------------------------------------------------


def canary_of_bandit():
    """A shell that is started with what came in."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "canary.py").write_text(_SHELL_LINE)
        return [] if {"B602"} <= {one.rule for one in bandit(folder=folder, paths=["canary.py"])} else ["bandit"]


def canary_of_semgrep():
    """Each of our rules finds the file of its name, and no file is without a rule."""
    names = {
        line.split("id:")[1].strip()
        for line in RULES.read_text("utf-8").splitlines()
        if line.strip().startswith("- id:")
    }
    with tempfile.TemporaryDirectory() as folder:
        # Whatever lies in a folder called tests is passed over.
        shutil.copytree(CANARIES, Path(folder) / "canaries", ignore=shutil.ignore_patterns("__pycache__"))
        found = {
            (one.rule, Path(one.path).stem.replace("_", "-")) for one in semgrep(folder=folder, paths=["canaries"])
        }
    files = {path.stem.replace("_", "-") for path in CANARIES.iterdir() if path.is_file()}
    return [f"semgrep {name}" for name in sorted(names | files) if (name, name) not in found or name not in names]


def canary_of_secrets():
    """A password, and a key of the kind that the carrier gives."""
    with tempfile.TemporaryDirectory() as folder:
        key = "SK" + "0123456789abcdef" * 2
        (Path(folder) / "canary.py").write_text(f'password = "{"hunter" * 3}"\nkey = "{key}"\n')
        found = {one.rule for one in secrets(folder=folder, paths=["canary.py"])}
        return [f"detect-secrets {kind}" for kind in ("Secret Keyword", "Twilio API Key") if kind not in found]
