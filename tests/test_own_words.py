"""Words of the neighbourhood: added on the board, understood from the next text on, and never at odds with others."""

import pytest
from board_town import Browser
from town import DUTY, PASSWORD, ROSE, SAM

from models.people import Role
from models.replies import ReplyWord
from models.settled import SettingChange
from voice.prompts import languages
from voice.teaching import TEACHABLE, known_words

pytestmark = pytest.mark.both_databases


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, language="zh-CN")


@pytest.fixture
def sam(town):
    return town.volunteer("Sam Lee", SAM, language="zh-CN")


@pytest.fixture
def chen(town, rose):
    """The coordinator at the board."""
    town.staff("Chen", DUTY, role=Role.COORDINATOR)
    browser = Browser(town, town.app.test_client())
    browser.log_in("Chen", PASSWORD)
    browser.see("/settings/words")
    return browser


def teach(chen, phrase, means, status=200, language="zh-CN"):
    """Add a word; the page that follows."""
    return chen.press("/settings/words", status, phrase=phrase, means=means, language=language)


def offered(town, rose, sam):
    """Sam is asked for an errand of Rose's."""
    rose.dial()
    for key in ("2", "1", "1"):
        rose.press(key)
    rose.speak("牛奶")
    rose.press("1")
    rose.hang_up()
    town.seconds(5)
    assert sam.inbox, "he is asked"


def test_a_yes_of_the_neighbourhood_is_a_yes_at_the_next_text(town, rose, sam, chen):
    offered(town, rose, sam)
    sam.text("晓得咯")
    assert [str(one.state) for one in town.requests] == ["offered"]
    teach(chen, "晓得咯", "volunteer.1")
    sam.text("晓得咯！")
    assert [str(one.state) for one in town.requests] == ["taken"]


def test_a_yes_of_the_neighbourhood_with_a_time_behind_it_is_one_too(town, rose, sam, chen):
    teach(chen, "晓得咯", "volunteer.1")
    offered(town, rose, sam)
    sam.text("晓得咯，五点")
    assert [str(one.state) for one in town.requests] == ["taken"]


def test_a_word_that_is_taken_away_means_nothing_any_more_and_can_be_set_back(town, rose, sam, chen):
    page = teach(chen, "晓得咯", "volunteer.1")
    assert "晓得咯" in page
    chen.press("/settings/words/1/end")
    offered(town, rose, sam)
    sam.text("晓得咯")
    assert [str(one.state) for one in town.requests] == ["offered"]
    chen.press(f"/settings/changes/{town.rows(SettingChange)[-1].id}/back", next="/settings/words")
    sam.text("晓得咯")
    assert [str(one.state) for one in town.requests] == ["taken"]


def test_a_resident_orders_by_a_word_of_the_neighbourhood(town, rose, chen):
    town.menu("Tomato soup")
    rose.text("搞一口")
    assert town.requests == []
    teach(chen, "搞一口", "resident.usual")
    rose.text("搞一口")
    assert [str(one.state) for one in town.requests] == ["pooled"]


@pytest.mark.parametrize(
    ("phrase", "means", "language", "said"),
    [
        ("STOP", "volunteer.1", "en", "carriers take for themselves"),
        ("yes", "answer.1", "es", "carriers take for themselves"),
        ("退订", "volunteer.2", "zh-CN", "carriers take for themselves"),
        ("3号", "volunteer.1", "zh-CN", "has digits"),
        ("行吗", "volunteer.1", "zh-CN", "a question"),
        ("接", "volunteer.2", "zh-CN", "already means something else"),
        ("done", "volunteer.1", "zh-CN", "already means something else"),
        ("接", "volunteer.1", "zh-CN", "understood as that already"),
        ("tomorrow", "answer.1", "en", "already means something else"),
        ("i fell", "answer.1", "en", "already means something else"),
        ("errand", "answer.1", "en", "already means something else"),
        ("no lunch tomorrow", "answer.1", "en", "already means something else"),
        ("", "answer.1", "en", "is needed"),
        ("oh aye", "answer.9", "en", "Please choose"),
    ],
)
def test_what_cannot_be_taught_is_refused_in_words(town, chen, phrase, means, language, said):
    assert said in teach(chen, phrase, means, 422, language)
    assert town.rows(ReplyWord) == []


def test_one_word_has_one_meaning_here(town, chen):
    teach(chen, "晓得咯", "volunteer.1")
    assert "already means something else" in teach(chen, "晓得咯", "volunteer.2", 422)
    assert "understood as that already" in teach(chen, "晓得咯", "volunteer.1", 422)
    teach(chen, "晓得咯", "answer.1")
    assert len(town.rows(ReplyWord)) == 2, "a yes is a yes of residents too"


def test_every_answer_that_can_be_taught_is_known_in_every_language():
    assert not [
        (tag, means)
        for many in TEACHABLE.values()
        for means in many
        for tag in languages()
        if not known_words(tag, means)
    ]
