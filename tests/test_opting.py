"""Whoever wants no texts gets none, in whatever language it is said; nothing waits for them, and nobody is lost."""

import pytest
from sqlalchemy import select
from test_story import ask_for_an_errand
from town import LEE, ROSE, SAM

from models.numbers import Phone
from models.traffic import Message
from voice import prompts
from voice.reading import opting_word, plain

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("STOP", "stop"), ("Stop.", "stop"), ("stop texting me", "stop"), ("Don't text me!", "stop"),
        ("para", "stop"), ("¡PARA!", "stop"), ("Parar", "stop"), ("alto", "stop"), ("Baja", "stop"),
        ("no mas mensajes", "stop"), ("No más mensajes.", "stop"), ("退订", "stop"), ("TD", "stop"), ("ＴＤ", "stop"),
        ("停", "stop"), ("停止。", "stop"), ("取消订阅", "stop"), ("唔好再send", "stop"), ("唔好再SEND！", "stop"),
        ("退訂", "stop"), ("START", "start"), ("alta", "start"), ("恢复", "start"), ("重新订阅", "start"),
        ("恢復", "start"), ("start again", "start"),
        # the meal, tomorrow, a question, a street: never
        ("取消", ""), ("取消午饭", ""), ("取消訂餐", ""), ("cancelar", ""), ("cancelar almuerzo", ""), ("cancel lunch", ""),
        ("para mañana", ""), ("para hoy no", ""), ("停一下", ""), ("今天停一天", ""), ("hoy no", ""), ("no lunch", ""),
        ("planta baja", ""), ("bus stop", ""), ("stop by at five", ""), ("不要了", ""), ("今日唔要", ""), ("no", ""),
        ("alta presión", ""), ("please restart", ""), ("", ""), ("停電", ""),
    ],
)  # fmt: skip
def test_a_whole_message_that_wants_no_more_is_heeded_and_nothing_else_is(written, means):
    assert opting_word(written) == means


def test_no_word_for_stopping_means_anything_else_in_any_language():
    """A meal word, a yes or a key that also stops all texts would cost somebody her lunch and her texts at once."""
    other = {
        plain(phrase): (language, table)
        for language in prompts.languages()
        for table, meanings in prompts.catalog(language).reads.items() if table not in ("opting", "parts")
        for phrases in meanings.values() for phrase in phrases
    }  # fmt: skip
    for language in prompts.languages():
        for phrases in prompts.catalog(language).reads["opting"].values():
            assert not [(phrase, other[plain(phrase)]) for phrase in phrases if plain(phrase) in other]


def told(town, number):
    return [row.cause for row in town.rows(Message, direction="outbound", phone=number) if row.message_sid]


def test_stop_then_a_dispatch_then_start_in_the_words_of_her_language(town):
    rose, sam, lee = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM), town.volunteer("Lee", LEE)
    ask_for_an_errand(rose, words="")
    assert "errand for Rose" in sam.inbox[-1]
    sam.text("退订")
    lee.text("2")
    before = len(told(town, SAM))
    ask_for_an_errand(rose, words="")
    assert (len(told(town, SAM)), sam.state) == (before, "idle")
    assert [str(offer.state) for offer in town.offers if offer.job_id == town.jobs[-1].id] == ["open"]
    assert "errand for Rose" in lee.inbox[-1]
    assert "get our texts again" in sam.text("恢复")
    lee.text("2")
    town.wait(minutes=1)
    assert "errand for Rose" in sam.inbox[-1]


def test_whom_the_carrier_keeps_from_us_is_not_waited_for(town):
    """We have forgotten that he said STOP (a restore from before it); the carrier has not, and says so when we send."""
    rose, sam = town.resident("Rose Miller", ROSE), town.volunteer("Sam Lee", SAM)
    town.staff("Dora Duty", LEE)
    for phone in (sam, rose):
        phone.text("CANCEL")
    with town.database.begin() as session:
        for row in session.scalars(select(Phone)):
            row.opted_out_at = None
    ask_for_an_errand(rose, words="")
    assert [str(offer.state) for offer in town.offers] == ["no"]
    assert [str(job.state) for job in town.jobs] == ["stuck"], "nobody waits for his answer"
    assert all(row.opted_out_at for row in town.rows(Phone) if row.number in (SAM, ROSE))
    assert {"opted_out", "nobody_found", "unreached"} == {str(alert.kind) for alert in town.alerts}
    rose.text("alta")  # our own word is not the carrier's: it still keeps her from us, and we learn it again
    assert "opted_out" in {str(alert.kind) for alert in town.alerts}
    rose.text("START")
    assert "opted_out" not in {str(alert.kind) for alert in town.alerts}
    assert "get our texts again" in rose.inbox[-1]
