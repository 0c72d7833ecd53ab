"""What the page of the countries must know: who has numbers where, and whose are not called."""

from collections import defaultdict
from typing import NamedTuple

from dispatch.board.desk import Desk
from dispatch.countries import Listed, called_by, home_of, in_the_book, name_of, why_not_called
from models.phones import countries, region_of, why_dear

# So many are named whose numbers are not called; the rest are counted.
_NAMED = 20


class Country(NamedTuple):
    """One country on the page: is it called in any case, and how many people have numbers there?"""

    region: str
    name: str
    is_home: bool
    people: int


class LeftOut(NamedTuple):
    """Somebody whose number is not called, and in which country it is; "" for one that never is."""

    who: Listed
    country: str


def countries_of(desk: Desk) -> dict[str, object]:
    """The countries that are called, those that could be, and whom the line does not call."""
    book = list(in_the_book(desk.session, desk.community))
    people: defaultdict[str, set[str]] = defaultdict(set)
    for one in book:
        people[region_of(one.number)].add(one.name)
    home, called = home_of(desk.community), called_by(desk.community)
    left_out = [one for one in book if why_not_called(desk.community, one.number)]
    shown = [Country(region, name_of(region, desk.words.tag), region in home, len(people[region])) for region in called]
    others = [(region, name_of(region, desk.words.tag)) for region in countries() if region not in called]
    return {
        "called": sorted(shown, key=lambda country: (not country.is_home, country.name)),
        "others": sorted(others, key=lambda other: other[1]),
        "left_out": [_left_out(desk, one) for one in left_out[:_NAMED]], "left_out_count": len(left_out),
    }  # fmt: skip


def _left_out(desk: Desk, one: Listed) -> LeftOut:
    return LeftOut(one, "" if why_dear(one.number) else name_of(region_of(one.number), desk.words.tag))
