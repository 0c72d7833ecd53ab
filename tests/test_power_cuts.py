"""Power cuts, in short; the long one is scripts/soak power_cuts."""

import pytest
from campaigns import power_cuts


def cuts(capfd, *words):
    """Run the campaign on one small recording; its status, and what it printed."""
    status = power_cuts.main(["--jobs", "1", "--orders", "12", "--seed", "4", *words])
    out, err = capfd.readouterr()
    if status == 2:
        pytest.skip(f"NO POWER CUT WAS TRIED: {err.strip()}")
    return status, out + err


def test_whatever_a_power_cut_leaves_holds_every_acknowledged_order(capfd):
    status, printed = cuts(capfd, "--images", "300")
    assert status == 0, printed
    assert "300 images, 0 with an acknowledged order missing, 0 corrupt, 0 unreadable" in printed


def test_the_power_cuts_would_find_a_commit_that_is_not_durable(capfd):
    status, printed = cuts(capfd, "--images", "120", "--synchronous", "normal")
    assert status == 1, printed
    assert "lost at nothing" in printed
    assert "0 corrupt" in printed
