"""From orders to rounds: by zone, by address, never longer than a volunteer can carry, households together."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rounds import in_rounds


def order(number, zone, door):
    resident = SimpleNamespace(zone_id=zone, address=f"{door:04d}", phone=str(door), id=number)
    return SimpleNamespace(resident=resident, resident_id=number, id=number)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 30)), max_size=60), st.integers(1, 8))
def test_every_order_is_on_exactly_one_round_of_its_zone_and_none_is_too_long(places, most):
    orders = [order(number, zone, door) for number, (zone, door) in enumerate(places)]
    rounds = in_rounds(orders, most)
    assert sorted(o.id for part in rounds for o in part) == sorted(o.id for o in orders)
    assert all(0 < len(part) <= most for part in rounds)
    assert all(len({o.resident.zone_id for o in part}) == 1 for part in rounds)


@pytest.mark.parametrize(("couples", "most", "sizes"), [(8, 8, [8, 8]), (3, 4, [4, 2]), (1, 8, [2]), (5, 8, [6, 4])])
def test_couples_ride_together(couples, most, sizes):
    orders = [order(2 * door + one, 1, door) for door in range(couples) for one in (0, 1)]
    rounds = in_rounds(orders, most)
    assert [len(part) for part in rounds] == sizes
    for part in rounds:
        doors = [o.resident.address for o in part]
        assert all(doors.count(door) == 2 for door in doors)
