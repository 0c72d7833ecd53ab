"""The whole server killed under load, in short; the long one is scripts/soak server_kills."""

from campaigns import server_kills


def test_a_server_that_is_killed_and_stopped_under_load_keeps_every_acknowledged_order(capfd):
    status = server_kills.main(["--kills", "1", "--terms", "1", "--seed", "3"])
    printed = "".join(capfd.readouterr())
    assert status == 0, printed
    assert "server_kills: 1 kills" in printed
    assert "1 calls went on" in printed
    assert "0 lost, 0 doubled, 0 corrupt, 0 faults in all" in printed
