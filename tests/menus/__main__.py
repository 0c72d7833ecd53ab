"""scripts/menus [measure|page]: measure every sentence of the voice menus, and write docs/menus.md and texting.md."""

import sys

from menus import page, seconds, texting
from menus.walk import walked
from voice.prompts import languages


def main(asked: list[str]) -> int:
    """Do what was asked for; without a word, both."""
    if set(asked) - {"measure", "page"}:
        print("Call: scripts/menus [measure|page]", file=sys.stderr)
        return 2
    if not asked or "measure" in asked:
        _measure()
    if not asked or "page" in asked:
        for each in (page, texting):
            each.FILE.write_text(each.written(), "utf-8")
            print(f"{each.FILE.name} is written.")
    return 0


def _measure() -> None:
    rows = rows_of_all_languages()
    if rows - seconds.kept().keys() and not seconds.can_measure():
        raise SystemExit(
            "There are new sentences, and espeak-ng is not here to measure them: apt-get install espeak-ng"
        )
    foreign = [one[2] for one in rows - seconds.kept().keys() if not seconds.reads_as_itself(one[0], one[2])]
    if foreign:
        print(f"Not read in their own language by espeak-ng: {foreign}", file=sys.stderr)
    print(f"{seconds.write(rows)} sentences measured anew, {len(rows)} kept.")


def rows_of_all_languages() -> set[seconds.Row]:
    """Every sentence that is heard anywhere in the graph, in every language shipped."""
    return {
        seconds.row(sentence, language)
        for language in languages()
        for edge in walked(language).edges
        for sentence in (*edge.says, *edge.told, *walked(language).nodes[edge.target].says)
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
