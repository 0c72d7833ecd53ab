"""A short week with small lists; the long one, with an office's own, is scripts/soak week."""

from campaigns import week


def test_days_of_standing_orders_add_up_from_the_first_cut_off_to_the_last_plate(capsys):
    assert week.main(["--seed", "7", "--days", "2"]) == 0
    said = capsys.readouterr().out
    assert "together" in said
    assert "every meal has one fate" in said
