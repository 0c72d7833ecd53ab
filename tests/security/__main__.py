"""scripts/check-security [NAME ...] [--canaries]: run the tools, print what is open; 0 when nothing is.

By reading: bandit, semgrep (our own rules), secrets. Against a running house: sqlmap, wapiti, schemathesis.
"""

import argparse
import sys
import time

from security import sources
from security.findings import judged

# name → the name in accepted.toml, what looks, and what looks whether it still sees
READING = {
    "bandit": ("bandit", sources.bandit, sources.canary_of_bandit),
    "semgrep": ("semgrep", sources.semgrep, sources.canary_of_semgrep),
    "secrets": ("detect-secrets", sources.secrets, sources.canary_of_secrets),
}


def main(argv):
    """Run what is named, or everything; returns how the script ends."""
    from security import scans  # they need a server, and time

    every = [*READING, *scans.TOOLS]
    parser = argparse.ArgumentParser(
        prog="scripts/check-security", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", choices=[[], *every], metavar="NAME", help=f"only these of {', '.join(every)}"
    )
    parser.add_argument(
        "--canaries", action="store_true", help="only see whether each still finds what was put there for it"
    )
    parser.add_argument(
        "--minutes", type=float, default=240, help="sqlmap begins nothing further then; a module of wapiti ends"
    )
    parser.add_argument("--skip", type=int, default=0, help="of sqlmap: so many addresses were looked at before")
    chosen = parser.parse_args(argv)
    options = {"minutes": chosen.minutes, "skip": chosen.skip}
    tools = READING | {name: (name, scans.scan(name, **options), scans.canary(name)) for name in scans.TOOLS}
    wrong = 0
    for name in chosen.names or every:
        tool, look, canary = tools[name]
        wrong += _told(f"{name}, canary", canary, lambda missed: [f"does not find {one}" for one in missed])
        if not chosen.canaries:
            wrong += _told(name, look, lambda found, tool=tool: judged(found, {tool}))
    print(f"{wrong} open" if wrong else "nothing is open")
    return 1 if wrong else 0


def _told(name, look, judge):
    began = time.monotonic()
    found = look()
    is_open = judge(found)
    print(f"{name}: {len(found)} found, {len(is_open)} open ({time.monotonic() - began:.0f} s)", flush=True)
    for words in is_open:
        print(f"  OPEN {words}", file=sys.stderr, flush=True)
    return len(is_open)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
