"""The faults that are planted on purpose (scripts/soak planted) are kept up with the program, and one is caught here."""

import pytest
from campaigns.planted import copied, faults, is_noticed


def test_there_are_many_and_each_has_checks():
    known = faults()
    assert len(known) >= 25
    assert all(fault.checks.startswith("tests/") and fault.put != fault.stands for fault in known)


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_what_a_fault_would_replace_still_stands_there(fault):
    assert fault.is_current()


def test_one_of_them_is_caught(tmp_path):
    fault = next(fault for fault in faults() if fault.name == "a_key_of_older_menus_counts")
    found, told = is_noticed(fault, copied(tmp_path))
    assert found, told
