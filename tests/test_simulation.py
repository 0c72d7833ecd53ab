"""The real program in a simulated town, for a minute; scripts/soak simulation does the same for hours.

Seeded people, mishaps and crashes; what may not happen is looked for after every step (campaigns/sim).
"""

import pytest
from campaigns.sim.counters import Counters
from campaigns.sim.life import live
from campaigns.sim.people import settle_town
from campaigns.simulation import run


@pytest.mark.parametrize("seed", ["spring", "autumn"])
@pytest.mark.timeout(300)
def test_whatever_goes_wrong_nothing_is_lost_doubled_or_forgotten(seed):
    """Some lives of the town: no invariant is broken."""
    counters = Counters()
    found = run(seed, 600, counters=counters)
    assert not found, "\n".join([str(found[0]), *found[0].story[-40:]])
    assert counters["messages accepted by the carrier"] > 20


def test_a_life_can_be_lived_again_exactly(tmp_path):
    """The same seed tells the same story, to the second and to the last identifier."""
    template = settle_town(tmp_path / "template", "America/New_York")
    first, second = (
        live("again/3", range(120), template=template, folder=tmp_path, counters=Counters()) for _ in range(2)
    )
    assert len(first.story) > 100
    assert first.story == second.story
    assert first.digests == second.digests
