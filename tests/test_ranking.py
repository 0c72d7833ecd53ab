"""Who is asked, and in what order: every rule is a line of a table; many jobs at once are matched as cheaply as can be."""

import random
from collections import Counter
from dataclasses import replace
from itertools import chain, combinations

import pytest
from campaigns.sharing import outcome
from hypothesis import given
from hypothesis import strategies as st

from dispatch import ranking
from dispatch.matching import share_out
from dispatch.ranking import Standing, hindrances, is_only_resting, likelihood_of_yes, price, rank, reasons
from dispatch.waves import Wish, spread

ANN = Standing(volunteer_id=1)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"does_service": False}, "not_this_service"),
        ({"is_vetted_for_it": False}, "not_vetted"),
        ({"covers_zone": False}, "not_this_zone"),
        ({"metres": 2001, "reach_metres": 2000}, "too_far"),
        ({"works_then": False}, "not_then"),
        ({"can_carry": False}, "cannot_carry"),
        ({"is_here": False}, "away"),
        ({"is_enrolled": False}, "not_enrolled"),
        ({"has_opted_out": True}, "opted_out"),
        ({"is_unreachable": True}, "unreachable"),
        ({"is_household_of_a_stop": True}, "own_household"),
        ({"is_kept_apart": True}, "kept_apart"),
        ({"must_talk": True, "can_talk": False}, "no_language"),
        ({"gave_it_back": True}, "gave_it_back"),
        ({"gave_back_today": 3}, "gives_back"),
        ({"goes_already": True}, "goes_already"),
        ({"jobs_then": 1, "jobs_at_once_max": 1}, "busy_then"),
        ({"jobs_that_day": 3, "max_per_day": 3}, "enough_for_the_day"),
        ({"max_per_day": 0}, "enough_for_the_day"),
        ({"jobs_that_week": 5, "max_per_week": 5}, "enough_for_the_week"),
        ({"asked_today": 10, "asked_per_day_max": 10}, "asked_enough"),
        ({"is_resting": True}, "resting"),
    ],
)
def test_why_somebody_is_not_asked(known, why):
    assert hindrances(replace(ANN, **known)) == [why]
    assert rank([replace(ANN, **known)]) == []


def test_no_reason_is_without_its_line_in_the_table():
    lines = next(mark for mark in test_why_somebody_is_not_asked.pytestmark if mark.name == "parametrize").args[1]
    assert {why for _, why in lines} == ranking._HINDRANCES.keys()


@pytest.mark.parametrize(
    "known",
    [
        {"metres": 2000, "reach_metres": 2000},
        {"metres": 9000},  # whoever has named no reach comes from anywhere
        {"reach_metres": 10},  # whose home is not known is not held to it
        {"can_talk": False},
        {"jobs_then": 4},
        {"jobs_that_day": 2, "max_per_day": 3},
        {"jobs_that_week": 40},
        {"asked_today": 9, "asked_per_day_max": 10},
    ],
)
def test_what_hinders_nobody(known):
    assert hindrances(replace(ANN, **known)) == []


@pytest.mark.parametrize(
    ("sooner", "later"),
    [
        ({}, {"open_offers": 1}),
        ({"jobs_then": 3}, {"open_offers": 1}),
        ({}, {"jobs_then": 1}),
        ({"knows_them": False}, {"jobs_then": 1, "knows_them": True}),
        ({"knows_them": True}, {}),
        ({"knows_them": True, "asked_lately": 30, "done_lately": 20, "can_talk": False}, {}),
        ({}, {"can_talk": False}),
        ({"asked_lately": 12, "metres": 9000}, {"can_talk": False, "metres": 10}),
        ({"asked_lately": 1}, {"asked_lately": 2}),
        ({"asked_lately": 1, "done_lately": 3}, {"asked_lately": 2}),
        ({"done_lately": 1}, {"done_lately": 2}),
        ({"jobs_that_day": 0}, {"jobs_that_day": 1}),
        ({"metres": 9000}, {"asked_lately": 1, "metres": 100}),
        ({"metres": 400}, {"metres": 800}),
        ({"metres": 9000}, {"metres": None}),
        ({"metres": None}, {"metres": 12000}),
    ],
)
def test_who_is_asked_first(sooner, later):
    first, second = replace(ANN, volunteer_id=2, **sooner), replace(ANN, volunteer_id=1, **later)
    assert [s.volunteer_id for s in rank([second, first])] == [2, 1]


def test_of_two_who_stand_alike_the_order_is_always_the_same():
    people = [replace(ANN, volunteer_id=number) for number in (3, 1, 2)]
    assert [s.volunteer_id for s in rank(people)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"asked_lately": 1, "jobs_that_day": 1}, []),
        ({"asked_lately": 1, "jobs_that_day": 1, "knows_them": True}, ["knows_them"]),
        ({"jobs_that_day": 1}, ["asked_least"]),
        ({"asked_lately": 1}, ["free_that_day"]),
        ({"asked_lately": 1, "jobs_that_day": 1, "metres": 1000}, ["lives_near"]),
        ({"asked_lately": 1, "jobs_that_day": 1, "open_offers": 1}, ["other_question"]),
        ({"asked_lately": 1, "jobs_that_day": 1, "jobs_then": 1}, ["other_job_then"]),
        ({"asked_lately": 1, "jobs_that_day": 1, "can_talk": False}, ["other_language"]),
    ],
)
def test_why_somebody_is_asked_before_or_after_others(known, why):
    assert reasons(replace(ANN, **known)) == why


def test_no_mark_outweighs_a_more_important_one_however_large():
    worst = replace(ANN, done_lately=10_000, asked_lately=10_000, metres=10_000_000, knows_them=True, can_talk=True)
    assert price(worst) < price(replace(ANN, knows_them=False))


def test_whoever_only_rests_is_known_from_whoever_cannot_come():
    assert is_only_resting(replace(ANN, is_resting=True))
    assert not is_only_resting(replace(ANN, is_resting=True, covers_zone=False))
    assert not is_only_resting(ANN)


# --- how many at a time ---------------------------------------------------------------------------------------------


def _people(count, **known):
    return [replace(ANN, volunteer_id=number, **known) for number in range(1, count + 1)]


SELDOM, OFTEN = {"answered": 16, "said_yes": 0}, {"answered": 16, "said_yes": 16}


@pytest.mark.parametrize(
    ("wish", "size"),
    [
        (Wish(_people(20), wave_size=3), 3),
        (Wish(_people(2), wave_size=3), 2),
        (Wish([], wave_size=3), 0),
        (Wish(_people(20, **OFTEN), wave_size=3), 3),  # never fewer than the service says
        (Wish(_people(20, **SELDOM), wave_size=1), 3),  # never more than three times as many
        (Wish(_people(20, answered=6, said_yes=2), wave_size=3), 5),
        (Wish(_people(20), wave_size=3, wave=2), 3),
        (Wish(_people(20), wave_size=3, wave=3), 6),
        (Wish(_people(20), wave_size=3, is_urgent=True), 6),
        (Wish(_people(4, **SELDOM), wave_size=3), 4),
    ],
)
def test_a_wave_is_as_large_as_it_takes(wish, size):
    assert wish.size == size


def test_a_newcomer_is_as_likely_to_come_as_not():
    assert likelihood_of_yes(ANN) == 0.5
    assert likelihood_of_yes(replace(ANN, **SELDOM)) == 0.1
    assert likelihood_of_yes(replace(ANN, **OFTEN)) == 0.9


# --- many jobs at once ----------------------------------------------------------------------------------------------


def _ways(prices, wanted, most, row=0):
    """Every way to share out, row after row."""
    if row == len(prices):
        yield []
        return
    fits = [column for column, cost in enumerate(prices[row]) if cost is not None and most[column] > 0]
    for count in range(wanted[row] + 1):
        for share in combinations(fits, count):
            left = [each - (column in share) for column, each in enumerate(most)]
            yield from ([set(share), *others] for others in _ways(prices, wanted, left, row + 1))


def _worth(prices, shares, row_step, column_step):
    """How many are shared out (more is better, so less than zero) and what it costs."""
    uses = Counter(chain.from_iterable(shares))
    cost = sum(prices[row][column] for row, share in enumerate(shares) for column in share)
    cost += sum(row_step * sum(range(len(share))) for share in shares)
    return -sum(uses.values()), cost + sum(column_step * sum(range(count)) for count in uses.values())


def _tables(rows, columns):
    cell = st.none() | st.integers(0, 30)
    return st.tuples(
        st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=rows, max_size=rows),
        st.lists(st.integers(0, 2), min_size=rows, max_size=rows),
        st.lists(st.integers(0, 3), min_size=columns, max_size=columns),
        st.sampled_from([(0, 0), (0, 40), (1000, 40), (5, 7)]),
    )


@given(st.tuples(st.integers(1, 3), st.integers(1, 4)).flatmap(lambda size: _tables(*size)))
def test_sharing_out_is_the_cheapest_way_of_all(table):
    prices, wanted, most, (row_step, column_step) = table
    shares = share_out(prices, wanted, most, row_step=row_step, column_step=column_step)
    best = min(_worth(prices, way, row_step, column_step) for way in _ways(prices, wanted, most))
    assert _worth(prices, [set(share) for share in shares], row_step, column_step) == best
    assert all(len(share) == len(set(share)) <= wanted[row] for row, share in enumerate(shares))
    assert all(sum(column in share for share in shares) <= count for column, count in enumerate(most))


def test_nobody_and_nothing_are_shared_out_to_nobody():
    assert share_out([], [], []) == []
    assert share_out([[None, None]], [3], [1, 1]) == [[]]


def test_everybody_is_asked_about_one_job_before_anybody_is_asked_about_two():
    people = _people(4)
    chosen = spread({job: Wish(people, wave_size=2) for job in (10, 11)})
    assert sorted(chosen[10] + chosen[11]) == [1, 2, 3, 4]
    three = spread({job: Wish(people, wave_size=2) for job in (10, 11, 12)})
    assert all(len(set(asked)) == 2 for asked in three.values())
    assert sorted(_all(three)).count(1) <= 2


def test_the_familiar_face_goes_where_it_is_known_even_if_she_is_the_best_for_both():
    ann, bob = replace(ANN, volunteer_id=1), replace(ANN, volunteer_id=2)
    tenth = Wish([replace(ann, asked_lately=0), replace(bob, asked_lately=9)], wave_size=1)
    eleventh = Wish([replace(ann, knows_them=True), replace(bob, asked_lately=9)], wave_size=1)
    assert spread({10: tenth, 11: eleventh}) == {10: [2], 11: [1]}


def test_nobody_is_asked_more_often_than_she_may_be():
    people = [replace(one, asked_today=8) for one in _people(1)]
    chosen = spread({job: Wish(people, wave_size=1) for job in range(5)})
    assert _all(chosen) == [1, 1]


@given(st.integers(0, 2**32))
def test_together_is_never_dearer_than_first_come_first_served(seed):
    luck = random.Random(seed)
    wishes = {
        job: Wish(rank(_somebody(luck, number) for number in range(1, luck.randint(1, 6))), wave_size=1)
        for job in range(luck.randint(1, 5))
    }
    chosen = spread(wishes)
    taken, first_come = set(), {}
    for job, wish in wishes.items():
        free = [s.volunteer_id for s in wish.able if s.volunteer_id not in taken]
        first_come[job] = free[:1]
        taken |= set(free[:1])
    ones = {job: asked[:1] for job, asked in chosen.items()}
    if len(set(_all(ones))) == len(_all(ones)) == len(_all(first_come)):
        assert _total(wishes, ones) <= _total(wishes, first_come)


def _all(chosen):
    return list(chain.from_iterable(chosen.values()))


def _somebody(luck, number):
    return replace(
        ANN, volunteer_id=number, knows_them=luck.random() < 0.3, asked_lately=luck.randint(0, 5),
        metres=luck.randint(0, 5000), can_talk=luck.random() < 0.8,
    )  # fmt: skip


def _total(wishes, chosen):
    return sum(price(one) for job, asked in chosen.items() for one in wishes[job].able if one.volunteer_id in asked)


def test_what_the_queue_chooses_is_no_dearer_than_the_optimum_of_an_established_solver():
    for size in ((5, 12, 1), (8, 12, 3)):
        found = outcome(random.Random(7), *size)
        assert found.asked > size[0] / 2
        assert abs(found.gap) < 1e-9
        assert found.first_come_gap > 0
