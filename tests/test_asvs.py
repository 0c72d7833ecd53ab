"""docs/asvs.md is true: every number of the standard once, every test and page it names there, its counts right."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from named_tests import known_tests

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/asvs.md"
# The numbers of version 5.0.0, section by section.
ASKED = {
    "1": "1.2.1-5 1.3.1-2 1.5.1 2.1.1 2.2.1-2 2.3.1 3.2.1-2 3.3.1 3.4.1-2 3.5.1-3 4.1.1 4.4.1 5.2.1-2 5.3.1-2 6.1.1 6.2.1-8 "
    "6.3.1-2 6.4.1-2 7.2.1-4 7.4.1-2 8.1.1 8.2.1-2 8.3.1 9.1.1-3 9.2.1 10.4.1-5 11.3.1-2 11.4.1 12.1.1 12.2.1-2 13.4.1 "
    "14.2.1 14.3.1 15.1.1 15.2.1 15.3.1",
    "2": "1.1.1-2 1.2.6-9 1.3.3-11 1.4.1-3 1.5.2 2.1.2-3 2.2.3 2.3.2-4 2.4.1 3.3.2-4 3.4.3-6 3.5.4-5 3.7.1-2 4.1.2-3 4.2.1 "
    "4.3.1-2 4.4.2-4 5.1.1 5.2.3 5.4.1-3 6.1.2-3 6.2.9-12 6.3.3-4 6.4.3-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.3.1-2 7.4.3-5 "
    "7.5.1-2 7.6.1-2 8.1.2 8.2.3 8.4.1 9.2.2-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.6-11 10.5.1-5 10.6.1-2 10.7.1-3 11.1.1-2 "
    "11.2.1-3 11.3.3 11.4.2-4 11.5.1 11.6.1 12.1.2-3 12.3.1-4 13.1.1 13.2.1-5 13.3.1-2 13.4.2-5 14.1.1-2 14.2.2-4 14.3.2-3 "
    "15.1.2-3 15.2.2-3 15.3.2-7 16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3 17.1.1 17.2.1-4 17.3.1-2",
}
MANY = {"1": 70, "2": 183}
KINDS = ("held", "written", "does not apply", "open")


def asked(level):
    """Every number of that level."""
    for section, first, last in re.findall(r"(\d+\.\d+)\.(\d+)(?:-(\d+))?", ASKED[level]):
        yield from (f"{section}.{number}" for number in range(int(first), int(last or first) + 1))


@cache
def rows(level):
    """The page's rows of that level: numbers, what is asked, the answer."""
    part = PAGE.read_text().split(f"\n## Level {level}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| ([\d., ]+) \| (.+?) \| (.+) \|$", part, re.MULTILINE)
    return [(numbers.split(", "), what, answer) for numbers, what, answer in found]


def kind(answer):
    """Which of the four kinds of answers it is; an answer of no kind is none."""
    if answer.startswith("`test_"):
        return "held"
    return next((one for one in KINDS if answer.startswith(f"{one}: ") and len(answer) > len(one) + 10), None)


@pytest.mark.parametrize("level", MANY)
def test_every_number_of_the_standard_is_answered_once(level):
    answered = Counter(number for numbers, _, _ in rows(level) for number in numbers)
    assert len(list(asked(level))) == MANY[level]
    assert answered == Counter(asked(level))


@pytest.mark.parametrize("level", MANY)
def test_every_answer_is_a_test_a_page_a_reason_or_open(level):
    for numbers, what, answer in rows(level):
        assert what, numbers
        assert kind(answer) in KINDS, (numbers, answer)


@pytest.mark.parametrize("level", MANY)
def test_the_counts_on_top_are_true(level):
    counted = Counter()
    for numbers, _, answer in rows(level):
        counted[kind(answer)] += len(numbers)
    on_top = re.search(rf"^\| {level} \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)
    assert [int(number) for number in on_top.groups()] == [MANY[level], *(counted[each] for each in KINDS)]


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+\.py::\w+)`", PAGE.read_text()))
    assert len(named) > 80
    assert named - known_tests() == set()


def test_every_page_that_is_named_has_that_heading():
    places = re.findall(r"\]\((\w+\.md)#([\w-]+)\)", PAGE.read_text())
    assert places
    for page, anchor in places:
        headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, (
            page,
            anchor,
        )


def test_no_history_goes_into_the_image():
    assert ".git" in (ROOT / ".dockerignore").read_text().split()
