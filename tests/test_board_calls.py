"""Every call of the day on one page: who, when, how long, and what came of it."""

import re
from datetime import timedelta

import pytest
from board_town import build_town

from models.tasks import Callback
from models.traffic import Call, Delivery, Direction, Outcome


@pytest.fixture
def town(tmp_path):
    """Two small communities."""
    return build_town(tmp_path)


@pytest.fixture
def ai(town):
    """The auditor, who only reads."""
    return town.browser("Ai Ding")


def call(town, phone, *, minutes=0, seconds=75, outcome=None, who=None, at="community", **more):
    """A call that came in (or, with `direction`, went out) so many minutes ago."""
    began = town.now - timedelta(minutes=minutes)
    row = {
        "community_id": town.ids[at], "direction": Direction.INBOUND, "phone": phone, "state": Delivery.ENDED,
        "made_at": began, "started_at": began, "ended_at": began + timedelta(seconds=seconds), "outcome": outcome,
        "resident_id": town.ids[who] if who else None, **more,
    }  # fmt: skip
    with town.database.begin() as session:
        made = Call(**row)
        session.add(made)
        session.flush()
        return made.id


def text_of(page):
    """What one reads, without the marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_calls_of_today_are_there_newest_first_with_their_outcome(town, ai):
    call(town, "+8617000002001", minutes=9, outcome=Outcome.ORDERED, who="rose")
    call(town, "+8617000004444", minutes=5, outcome=Outcome.HEARD)
    call(town, "anonymous", minutes=3, outcome=Outcome.UNFINISHED)
    call(town, "+861055551004", minutes=1, outcome=Outcome.ALARM)
    call(town, "+8617000003001", minutes=2, seconds=3600, outcome=Outcome.NO_ANSWER, direction=Direction.OUTBOUND)
    call(town, "+8617000009999", outcome=Outcome.HEARD, at="elsewhere")
    call(town, "+8617000005555", minutes=60 * 12, outcome=Outcome.HEARD)
    assert 'href="/calls"' in ai.see("/")
    page = text_of(ai.see("/calls"))
    for said in ("Rose Miller", "170 0000 4444", "number withheld", "高慧敏", "朱世杰", "1:15", "60:00", "call to"):
        assert said in page, said
    assert (
        page.index("高慧敏") < page.index("number withheld") < page.index("170 0000 4444") < page.index("Rose Miller")
    )
    assert "170 0000 9999" not in page
    assert "170 0000 5555" not in page, "that was yesterday"
    yesterday = text_of(ai.see("/calls?day=2026-11-22"))
    assert "170 0000 5555" in yesterday
    assert "170 0000 4444" not in yesterday
    assert 'href="/residents/' in ai.see("/calls")


def test_a_call_leads_to_what_is_still_to_be_done(town, ai):
    row = call(town, "+8617000004444", outcome=Outcome.CALLBACK)
    callback = town.callback("+8617000004444")
    with town.database.begin() as session:
        session.get_one(Callback, callback).call_id = row
    page = ai.see("/calls")
    assert f'href="/#callback-{callback}"' in page
    assert f'id="callback-{callback}"' in ai.see("/")
    with town.database.begin() as session:
        found = session.get_one(Callback, callback)
        found.closed_at, found.due_at, found.closed_by_id = town.now, None, town.ids["Dai Fen"]
    page = ai.see("/calls")
    assert f"#callback-{callback}" not in page
    assert "Dai Fen" in page


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_outcome_is_said_in_words(town, outcome, language):
    call(town, "+8617000004444", outcome=outcome)
    reader = town.browser("Ai Ding", language=language)
    said = re.search(r'class="outcome">([^<]+)<', reader.see("/calls"))[1]
    assert "outcome." not in said
    assert str(outcome) != said or language == "en"


def test_a_call_that_goes_on_or_waits_has_no_length_yet(town, ai):
    call(town, "+8617000004444", state=Delivery.LIVE, ended_at=None)
    call(town, "+8617000003001", state=Delivery.QUEUED, started_at=None, ended_at=None, direction=Direction.OUTBOUND)
    page = text_of(ai.see("/calls"))
    assert "about to be sent" in page
    assert "0:00" not in page


def test_a_long_day_is_paged(town, ai):
    for number in range(55):
        call(town, f"+861700001{number:04d}", minutes=number / 10, outcome=Outcome.HEARD)
    first, second = ai.see("/calls"), ai.see("/calls?page=2&day=2026-11-23")
    assert "170 0001 0000" in first
    assert "170 0001 0054" not in first
    assert "170 0001 0054" in second
    assert "day=2026-11-23" in first, "the next page is of the same day"


@pytest.mark.parametrize("query", ["day=9999-12-31", "day=0001-01-01", "day=x"])
def test_a_day_that_cannot_be_is_today(town, ai, query):
    call(town, "+8617000004444", outcome=Outcome.HEARD)
    assert "170 0000 4444" in ai.see(f"/calls?{query}")


def test_a_residents_page_has_her_last_calls_and_those_of_her_telephone(town, ai):
    call(town, "+8617000002001", minutes=60 * 40, outcome=Outcome.ORDERED, who="rose")
    call(town, "+861055551004", minutes=3, outcome=Outcome.CALLBACK)
    rose = text_of(ai.see(f"/residents/{town.ids['rose']}").split('id="calls-head"')[1])
    assert "ordered" in rose
    assert "called from this number" not in rose
    for who in ("gao", "zhu"):
        page = text_of(ai.see(f"/residents/{town.ids[who]}").split('id="calls-head"')[1])
        assert "1:15" in page


@pytest.mark.parametrize(
    ("vouched", "shown"),
    [("sure", ["the number is genuine"]), ("doubted", ["the number may be forged, says the network"]), ("", [])],
)
def test_what_the_network_says_of_a_number_stands_beside_the_call(town, ai, vouched, shown):
    call(town, "+12125550999", vouched=vouched)
    page = text_of(ai.see("/calls"))
    assert [
        words for words in ("the number is genuine", "the number may be forged, says the network") if words in page
    ] == shown
