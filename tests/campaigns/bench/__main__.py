"""scripts/bench NAME [options]: run one benchmark and print what came of it."""

import importlib
import sys

# name → what it shows
BENCHES = {
    "boards": "how long after an event open boards show it, and what they cost the telephone line",
    "pictures": "every page of the board as a picture, in both languages, wide, narrow and printed",
    "rounds": "how long the ways of planned rounds are, and how fast they are planned, against the best known",
}


def main() -> int:
    """Run the benchmark that is named; 0 when it found nothing wrong."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in BENCHES:
        is_asked = name in ("-h", "--help")
        print("Call: scripts/bench NAME [--help]\n", file=sys.stdout if is_asked else sys.stderr)
        for each, words in BENCHES.items():
            print(f"  {each:14}{words}", file=sys.stdout if is_asked else sys.stderr)
        return 0 if is_asked else 2
    return int(importlib.import_module(f"campaigns.bench.{name}").main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
