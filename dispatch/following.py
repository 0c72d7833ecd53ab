"""What stays together on a round: people behind one door, and doors that staff want visited one after the other."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from dispatch.ways import Door, Limits, Load, Stop, able, load_of, serving

_Thing = TypeVar("_Thing")


def together(doors: Sequence[Door], follows: Mapping[int, int], limits: Limits) -> list[Load]:
    """What is not torn apart, in the given order: cut only where it is more than anybody could take at once."""
    loads = []
    for chain in chains(doors, follows):
        pieces = [piece for door in chain for piece in _pieces(door, limits)]
        loads += [load_of(part) for part in _cut(pieces, lambda part: bool(able(load_of(part), limits)))]
    return loads


def chains(doors: Sequence[Door], follows: Mapping[int, int]) -> list[list[Door]]:
    """Doors one after the other as `follows` says; who is not here today is skipped. A door that nobody follows and
    that follows nobody is a chain of its own. Where two follow the same, the second comes after all that follow the
    first; what would close a circle follows nobody.
    """
    here = {door.id: door for door in doors}
    before: dict[int, int] = {}
    for door in doors:
        leader = _leader(door.id, follows, here)
        if leader is not None and door.id not in _line(leader, before):
            before[door.id] = leader
    behind: dict[int, list[int]] = defaultdict(list)
    for follower, leader in before.items():
        behind[leader].append(follower)
    return [[here[id] for id in _walk(door.id, behind)] for door in doors if door.id not in before]


def _leader(door: int, follows: Mapping[int, int], here: Mapping[int, Door]) -> int | None:
    """After whom of those who are here."""
    seen = {door}
    leader = follows.get(door)
    while leader is not None and leader not in here and leader not in seen:
        seen.add(leader)
        leader = follows.get(leader)
    return leader if leader in here and leader != door else None


def _line(door: int, before: Mapping[int, int]) -> list[int]:
    line = [door]
    while line[-1] in before:
        line.append(before[line[-1]])
    return line


def _walk(first: int, behind: Mapping[int, list[int]]) -> list[int]:
    walked, to_come = [], [first]
    while to_come:
        walked.append(to_come.pop())
        to_come += reversed(behind.get(walked[-1], []))
    return walked


def _pieces(door: Door, limits: Limits) -> list[Door]:
    """People behind one door stay together unless they alone are more stops or portions than a round may hold."""
    capacity = max(kind.capacity for kind in serving(frozenset({door.zone}), limits.kinds))

    def fits(part: Sequence[Stop]) -> bool:
        return len(part) <= limits.most_stops and sum(stop.portions for stop in part) <= capacity

    return [replace(door, stops=tuple(part)) for part in _cut(door.stops, fits)]


def _cut(things: Iterable[_Thing], fits: Callable[[Sequence[_Thing]], bool]) -> list[list[_Thing]]:
    """Into as few parts as fit, in order; what does not fit alone is a part alone."""
    parts: list[list[_Thing]] = []
    for thing in things:
        if parts and fits([*parts[-1], thing]):
            parts[-1].append(thing)
        else:
            parts.append([thing])
    return parts
