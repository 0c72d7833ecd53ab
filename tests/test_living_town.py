"""The town that lives: repeatable, never a flood, asleep when nobody looks, and off telephones that somebody uses."""

from datetime import UTC, datetime

import pytest
from exchange_town import OURS, ROSE, SAM, Town

from voice.exchange import Handset
from voice.exchange.living import PACES, Living
from voice.exchange.living.pace import BEGUN_MOST, CALLS_AT_ONCE
from voice.exchange.living.reading import meant
from voice.prompts import Setting, languages, render_text

GRETA, DORA = "+15550100004", "+15550100005"


class Street(Town):
    """A town whose line asks for a key, with one more mobile and somebody on duty."""

    def __init__(self, hour=9, seed=1, neighbours=0):
        super().__init__()
        self.hour = hour
        known = list(self.exchange.plant.directory())
        more = [Handset(GRETA, "Greta", "resident"), Handset(DORA, "Dora", "staff")]
        more += [
            Handset(f"+155501002{n:02d}", f"Neighbour {n}", "resident", is_landline=True) for n in range(neighbours)
        ]
        self.exchange.plant.directory = lambda: [*known, *more]
        self.says("/voice", '<Gather action="/key" numDigits="1"><Say>For lunch, press 1.</Say></Gather>')
        self.says("/key", '<Gather action="/key" numDigits="1"><Say>For lunch, press 1.</Say></Gather>')
        self.living = Living(self.exchange, shown_time=lambda: datetime(2026, 3, 1, self.hour, tzinfo=UTC), seed=seed)

    def live(self, minutes, *, is_watched=True):
        most = 0
        for _ in range(int(minutes * 12)):
            self.wait(5)
            most = max(
                most, len([leg for leg in self.exchange.plant.in_use.values() if leg.call.direction == "inbound"])
            )
            if is_watched:
                self.living.looked()
        return most

    def story(self):
        return [
            (path, params.get("From"), params.get("Body"), params.get("Digits")) for path, params, _ in self.requests
        ]


@pytest.fixture
def street():
    return Street()


def test_the_same_seed_lives_the_same_day_and_another_seed_another(street):
    again, other = Street(), Street(seed=2)
    for each in (street, again, other):
        each.living.start("everyday")
        each.live(5)
    assert street.story() == again.story() != other.story()
    assert len(street.story()) > 5


def test_many_neighbours_leave_the_line_free():
    street = Street(neighbours=30)
    street.says("/key", "<Pause length='60'/>")
    street.living.start("rush")
    assert street.live(6) == CALLS_AT_ONCE


def test_it_never_floods_and_after_a_while_it_is_enough(street):
    street.living.start("rush")
    street.live(60)
    begun = len(street.asked("/voice")) + len(street.asked("/sms"))
    assert 20 < begun <= BEGUN_MOST
    street.living.start("rush")
    street.live(180)
    told = street.living.as_json()
    assert (told["pace"], told["why_over"]) == ("", "enough")
    asked = len(street.requests)
    street.live(10)
    assert len(street.requests) == asked


def test_it_goes_to_sleep_when_nobody_looks(street):
    street.living.start("calm")
    street.live(9, is_watched=False)
    assert street.living.as_json()["pace"] == "calm"
    street.live(2, is_watched=False)
    assert (street.living.as_json()["pace"], street.living.as_json()["why_over"]) == ("", "unwatched")
    assert not street.exchange.plant.in_use, "whoever was in a call has hung up"


def test_it_stops_at_once(street):
    street.living.start("rush")
    street.live(2)
    street.living.stop()
    street.wait(1)
    asked = len(street.requests)
    street.live(5)
    assert len(street.requests) == asked


def test_at_night_nobody_begins_anything():
    night = Street(hour=2)
    night.living.start("rush")
    night.live(10)
    assert night.requests == []
    assert night.living.as_json()["is_night"]


def test_a_telephone_that_somebody_uses_is_left_to_them(street):
    for number in (ROSE, GRETA):
        street.living.leave_alone(number)
    street.living.start("rush")
    street.live(9)
    assert street.requests == []
    street.live(5)
    assert street.requests, "after a while it is the town's again"


def test_nobody_plays_the_staff(street):
    street.says("/voice", f"<Dial>{DORA}</Dial>")
    street.living.start("rush")
    for _ in range(40):
        street.wait(5)
        assert street.state(DORA) in ("idle", "ringing")
    assert not [params for params in street.asked("/sms") if params["From"] == DORA]


def test_who_rings_a_volunteer_is_answered_after_a_while_for_whoever_learns_may_want_to(street):
    answered = 0
    for _ in range(12):
        street.says("/voice", f"<Dial>{SAM}</Dial>")
        street.exchange.dial(ROSE, OURS)
        street.living.leave_alone(ROSE)
        street.living.start("calm")
        street.wait(5)
        assert street.state(SAM) == "ringing"
        street.wait(12)
        answered += street.state(SAM) == "talking"
        street.exchange.hang_up(ROSE)
        street.living.stop()
    assert answered > 3


def test_there_is_no_other_pace(street):
    with pytest.raises(ValueError, match="pace"):
        street.living.start("frantic")
    assert set(PACES) == {"calm", "everyday", "rush"}


def said(tag, prompt, **blanks):
    """A text as the line would send it."""
    setting = Setting(tag, UTC, datetime(2026, 3, 1, 9, tzinfo=UTC), "text", "East Lake")
    return render_text([(prompt, blanks)], setting)


@pytest.mark.parametrize("tag", languages())
def test_people_know_an_offer_a_job_and_a_question_in_every_language(tag):
    about = {"code": 12, "what": "errand", "zone": "East", "when": "today", "name": "Rose"}
    for prompt, kind, blanks in (
        ("offer", "offer", about), ("offer_round", "offer", about), ("job_yours", "job", about),
        ("nudge", "nudge", about), ("which_job", "which", {"list": "12 errand, 13 meal"}),
    ):  # fmt: skip
        assert [(read.kind, read.code) for read in meant(said(tag, prompt, **blanks))] == [(kind, "12")], prompt
    for prompt, kind in (("kitchen_keys", "count"), ("has_it_come", "asked"), ("was_it_good", "asked")):
        assert [read.kind for read in meant(said(tag, prompt, what="lunch", helper="Sam"))] == [kind], prompt
    assert meant(said(tag, "person_reads")) == []
    tomorrow = said(tag, "job_yours", **{**about, "when": {"$day": "2026-03-02"}})
    assert [read.is_for_today for read in meant(tomorrow)] == [False]
