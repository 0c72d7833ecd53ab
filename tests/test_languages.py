"""Every language is whole: what is said and written reads right in each, and what people write in each is understood."""

import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import gsm0338
import pytest
from town import DUTY, ROSE, SAM

import dispatch.demo
import dispatch.founding
from dispatch import blanks
from dispatch.lists.words import languages
from voice import prompts
from voice.plain import plain
from voice.prompts import Setting, in_language, nearest, render_text
from voice.reading import CARRIER_WORDS, read_text
from voice.segments import segments_of

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)  # Monday, nine in the morning
LUNCH = {"en": "lunch", "zh-CN": "午餐", "yue": "午飯", "es": "almuerzo"}


def at(hour, minute=0, days=0):
    return datetime(2026, 11, 23, hour, minute, tzinfo=ZONE) + timedelta(days=days)


def setting(language, medium="voice"):
    return Setting(language, ZONE, NOW, medium, "Linli")


def said(language, prompt, medium="voice", **given):
    return render_text([(prompt, given)], setting(language, medium))


def test_the_languages_of_the_telephone_are_those_that_people_can_have():
    assert set(languages()) == set(prompts.languages()) == {"en", "zh-CN", "yue", "es"}


def test_every_language_can_be_tried_in_the_demo_and_new_communities_have_their_words():
    demo = tomllib.loads(Path(dispatch.demo.__file__).with_suffix(".toml").read_text("utf-8"))
    new = tomllib.loads(Path(dispatch.founding.__file__).with_suffix(".toml").read_text("utf-8"))
    for people in (demo["residents"], demo["volunteers"]):
        assert {one["language"] for one in people} == set(languages())
    for written in (demo["news"], *(row["names"] for row in (*new["services"], *new["meals"]))):
        assert set(written) == set(languages())
        assert all(written.values())


@pytest.mark.parametrize(
    ("tag", "served"),
    [
        ("yue", "yue"), ("yue-HK", "yue"), ("zh-HK", "yue"), ("zh-Hant-HK", "yue"), ("zh-MO", "yue"),
        ("cantonese", "yue"), ("zh", "zh-CN"), ("zh-TW", "zh-CN"), ("cmn-CN", "zh-CN"), ("wuu", "zh-CN"),
        ("nan", "zh-CN"), ("hak", "zh-CN"), ("es", "es"), ("es-MX", "es"), ("es_US", "es"), ("en-GB", "en"),
        ("fr", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_everybody_is_served_by_the_nearest_language(tag, served):
    assert nearest(tag) == served
    assert prompts.catalog(tag).tag == served


@pytest.mark.parametrize(
    ("written", "language", "heard"),
    [
        ({"en": "errand", "zh-CN": "跑腿", "yue": "買嘢"}, "yue", "買嘢"),
        ({"en": "errand", "zh-CN": "跑腿"}, "yue", "跑腿"),
        ({"en": "errand", "zh-CN": "跑腿"}, "es", "errand"),
        ({"zh-CN": "跑腿"}, "es-MX", "跑腿"),
        ({"en": "errand", "yue": ""}, "yue", "errand"),
        ({"fr": "course", "en": "errand"}, "fr", "errand"),  # the sentence around it is English
        ({"fr": "course", "zh-CN": "跑腿"}, "fr", "course"),
        ({}, "es", ""),
    ],
)
def test_what_staff_wrote_in_some_languages_is_heard_in_the_best_of_them(written, language, heard):
    assert in_language(written, language) == heard


TODAY, SATURDAY = NOW.date(), date(2026, 12, 5)
NOON = blanks.span(at(11, 30), at(12, 30))


@pytest.mark.parametrize(
    ("language", "prompt", "given", "whole"),
    [
        ("en", "ordered", {"dish": "Soup", "when": NOON},
         "Ordered: Soup, lunch. It comes today between 11:30 AM and 12:30 PM."),
        ("zh-CN", "ordered", {"dish": "汤", "when": NOON}, "订好了：午餐汤，今天11点30分到12点30分送到。"),
        ("yue", "ordered", {"dish": "湯", "when": NOON}, "叫好喇：午飯湯，今日朝早11點30分到中午12點30分送。"),
        ("es", "ordered", {"dish": "sopa", "when": NOON},
         "Ya está pedido: sopa, almuerzo. Llega hoy entre las 11:30 de la mañana y las 12:30 de la tarde."),
        ("yue", "ordered", {"dish": "湯", "when": blanks.span(at(13, days=1), at(17, days=1))},
         "叫好喇：午飯湯，聽日下晝1點到下晝5點送。"),
        ("es", "ordered", {"dish": "sopa", "when": blanks.span(at(13, days=1), at(13, 30, days=1))},
         "Ya está pedido: sopa, almuerzo. Llega mañana entre la 1 de la tarde y la 1:30 de la tarde."),
        ("es", "ordered", {"dish": "sopa", "when": blanks.span(at(8), at(12))},
         "Ya está pedido: sopa, almuerzo. Llega hoy antes de las 12 del mediodía."),
        ("es", "ordered", {"dish": "sopa", "when": blanks.span(at(7), at(8))},
         "Ya está pedido: sopa, almuerzo. Llega lo antes posible."),
        ("yue", "ordered", {"dish": "湯", "when": blanks.span(at(7), at(8))}, "叫好喇：午飯湯，盡快送。"),
        ("en", "meal_choice", {"day": blanks.day(SATURDAY), "key": 1}, "For lunch Saturday 5 December, press 1."),
        ("zh-CN", "meal_choice", {"day": blanks.day(SATURDAY), "key": 1}, "订12月5日星期六午餐请按1。"),
        ("yue", "meal_choice", {"day": blanks.day(SATURDAY), "key": 1}, "叫12月5號星期六午飯，撳1。"),
        ("es", "meal_choice", {"day": blanks.day(SATURDAY), "key": 1},
         "Si quiere almuerzo para el sábado 5 de diciembre, marque 1."),
        ("yue", "too_late_for_meal", {"day": blanks.day(at(10, days=1).date()), "cutoff": blanks.moment(at(10))},
         "聽日嘅午飯最遲今日朝早10點叫，而家過咗鐘。"),
        ("es", "too_late_for_meal", {"day": blanks.day(at(10).date()), "cutoff": blanks.clock(at(10))},
         "Se podía pedir almuerzo para hoy hasta las 10 de la mañana. Ya pasó esa hora."),
        ("yue", "callback_promised", {"phone": blanks.number(ROSE)}, "我哋會打返畀你，打2 1 2 5 5 5 0 1 1 1。"),
        ("es", "callback_promised", {"phone": blanks.number(ROSE)}, "Le llamaremos al 2 1 2 5 5 5 0 1 1 1."),
        ("yue", "note_limit", {"limit": blanks.money(5000)}, "幫手嘅人最多幫你墊住50蚊。"),
        ("es", "note_limit", {"limit": blanks.money(1250)}, "Quien le ayude puede pagar por usted hasta 12.50."),
    ],
)  # fmt: skip
def test_days_times_numbers_and_money_are_said_as_one_says_them(language, prompt, given, whole):
    assert said(language, prompt, meal=blanks.names(LUNCH), **given) == whole


@pytest.mark.parametrize(
    ("language", "whole"),
    [
        ("en", "1 lunch Saturday 5 December."),
        ("zh-CN", "1、12月5日星期六午餐。"),
        ("yue", "1、12月5號星期六午飯。"),
        ("es", "1 almuerzo para el sabado 5 de diciembre."),
    ],
)
def test_in_writing_the_key_is_not_taken_for_part_of_the_date(language, whole):
    assert said(language, "meal_choice", "text", meal=blanks.names(LUNCH), day=blanks.day(SATURDAY), key=1) == whole


def test_spanish_texts_leave_in_the_alphabet_that_is_not_cut():
    written = prompts.catalog("es")
    sentences = [words for part in (written.voice, written.text, written.formats) for words in part.values()]
    codec = gsm0338.Codec()
    for words_ in [*sentences, *written.words]:
        assert codec.encode(words_.translate(written.folds)), words_
    for days in range(14):
        for hour in range(24):
            when = blanks.span(at(hour, days=days + 2), at(hour, 30, days=days + 2))
            assert codec.encode(said("es", "status_pooled", "text", what="María Núñez, pingüino", when=when))


def test_what_is_said_in_spanish_keeps_its_accents_and_every_enye_stays():
    assert "Está" in said("es", "ordered", meal="a", dish="b", when="c").replace("está", "Está")
    assert said("es", "from_staff", "text", words="Mañana, José y Lucía: ¿té o café?") == (
        "Mañana, José y Lucia: ¿té o café?"
    )


# What a volunteer is told in one text; the stops of a job and the note follow it, and are as long as they are.
TO_VOLUNTEERS = (
    "offer", "offer_round", "job_yours", "nudge", "taken_thanks", "declined_thanks", "done_thanks", "back_thanks",
    "missed_thanks", "worry_thanks", "still_yours", "already_yours", "job_withdrawn", "stop_cancelled", "nothing_open",
    "code_unknown",
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "name", "what", "zone", "sign"),
    [
        ("en", "Elisabeth", "errand", "Riverside", "Linli: "),
        ("es", "María Isabel", "reparación", "Riverside", "Linli: "),
        ("zh-CN", "慧敏", "跑腿", "东里", "【东里社区】"),
        ("yue", "慧敏", "跑腿買嘢", "東里", "【東里社區】"),
    ],
)
@pytest.mark.parametrize("prompt", TO_VOLUNTEERS)
def test_a_text_to_a_volunteer_is_one_segment_in_every_language(language, name, what, zone, sign, prompt):
    when = blanks.span(at(11, days=1), at(12, 30, days=1))
    given = {"what": what, "zone": zone, "when": when, "code": 1234, "name": name}
    text = sign + said(language, prompt, "text", **given)
    assert segments_of(text) == 1, (len(text), text)


@pytest.mark.parametrize("day", range(2, 9))
def test_an_offer_in_spanish_for_any_weekday_is_one_segment(day):
    given = {"what": "transporte", "name": "Esperanza", "zone": "Riverside", "code": 1234,
             "when": blanks.span(at(11, days=day), at(12, 30, days=day))}  # fmt: skip
    text = "Linli: " + said("es", "offer", "text", **given)
    assert segments_of(text) == 1, (len(text), text)


# In each language: the verb that asks for a key. What is chosen comes before it, never behind.
PRESS = {"en": "press", "zh-CN": "请按", "yue": "撳", "es": "marque"}


@pytest.mark.parametrize("language", PRESS)
def test_the_choice_comes_before_the_key(language):
    verb, catalog = PRESS[language], prompts.catalog(language)
    asks = [words for words in catalog.voice.values() if re.search(rf"{verb} ?(\d|{{key}})", words.lower())]
    assert len(asks) > 25
    for words in asks:
        for one in re.split(r"[.。!?？！] ?", words.lower()):
            assert not re.match(rf"{verb} ?(\d|{{key}})", one), words


# What carriers take for themselves in Spanish where a community lets them (Advanced Opt-Out), and their kin.
SPANISH_CARRIER_WORDS = {"alto", "parar", "cancelar", "ayuda", "baja", "fin", "salir", "terminar", "comenzar"}
TEACH = {
    "en": r"(?:text|reply|send|write) (\w+)", "es": r"(?:mande|envíe|responda|escriba|conteste) (\w+)",
    "zh-CN": r"(?:回复?|发)([A-Za-z]+)", "yue": r"(?:回覆?|發)([A-Za-z]+)",
}  # fmt: skip


@pytest.mark.parametrize("language", TEACH)
def test_no_language_teaches_a_word_that_carriers_take(language):
    for part in (prompts.catalog(language).voice, prompts.catalog(language).text):
        for sentence in part.values():
            taught = {plain(word) for word in re.findall(TEACH[language], sentence, re.IGNORECASE)}
            assert not taught & {*CARRIER_WORDS, *SPANISH_CARRIER_WORDS}, sentence


RESIDENT, ANSWER, VOLUNTEER = ("resident",), ("answer",), ("volunteer",)


@pytest.mark.parametrize(
    ("language", "table", "written", "means"),
    [
        ("es", VOLUNTEER, "Sí", "1"), ("es", VOLUNTEER, "si", "1"), ("es", VOLUNTEER, "¡Sí, puedo!", "1"),
        ("es", VOLUNTEER, "¡Sí puedo!", "1"), ("es", VOLUNTEER, "No puedo", "2"), ("es", VOLUNTEER, "ya no puedo", "4"),
        ("es", VOLUNTEER, "Listo", "3"), ("es", VOLUNTEER, "ya está.", "3"), ("es", VOLUNTEER, "Ya esta", "3"),
        ("es", VOLUNTEER, "no está en casa", "5"), ("es", VOLUNTEER, "me preocupa", "6"),
        ("es", VOLUNTEER, "listo 1234", "3"), ("es", VOLUNTEER, "Muchas gracias", "thanks"),
        ("es", RESIDENT, "¿Quién viene?", "3"), ("es", RESIDENT, "quien viene", "3"), ("es", RESIDENT, "Lo mismo", "usual"),
        ("es", RESIDENT, "¿Dónde está mi almuerzo?", "3"), ("es", RESIDENT, "Hoy no", "off"),
        ("es", RESIDENT, "cancelar el almuerzo", "off"), ("es", RESIDENT, "Buenos días", "hello"),
        ("es", ANSWER, "SÍ", "1"), ("es", ANSWER, "está bien", "1"), ("es", ANSWER, "no", "2"),
        ("es", RESIDENT, "llámame", "0"), ("es", RESIDENT, "me caí", ""),
        ("yue", VOLUNTEER, "好呀", "1"), ("yue", VOLUNTEER, "得", "1"), ("yue", VOLUNTEER, "唔得", "2"),
        ("yue", VOLUNTEER, "搞掂", "3"), ("yue", VOLUNTEER, "搞掂晒佢", ""), ("yue", VOLUNTEER, "去唔到", "2"),
        ("yue", VOLUNTEER, "去唔到喇", "4"), ("yue", VOLUNTEER, "唔喺屋企", "5"), ("yue", VOLUNTEER, "冇人应门", "5"),
        ("yue", VOLUNTEER, "有啲担心", "6"), ("yue", VOLUNTEER, "唔該晒！", "thanks"), ("yue", VOLUNTEER, "唔该", "thanks"),
        ("yue", VOLUNTEER, "搞掂 1234", "3"), ("yue", VOLUNTEER, "攞到", ""),
        ("yue", RESIDENT, "叫饭", "usual"), ("yue", RESIDENT, "叫飯。", "usual"), ("yue", RESIDENT, "几时到？", "3"),
        ("yue", RESIDENT, "今日唔食", "off"), ("yue", RESIDENT, "早晨", "hello"), ("yue", RESIDENT, "搵人", "0"),
        ("yue", ANSWER, "啱", "1"), ("yue", ANSWER, "唔係", "2"), ("yue", RESIDENT, "我跌咗", ""),
        # whoever writes in another language than her own is understood too
        ("en", VOLUNTEER, "sí", "1"), ("es", VOLUNTEER, "okay", "1"), ("zh-CN", VOLUNTEER, "唔得", "2"),
    ],
)  # fmt: skip
def test_what_people_write_is_read(language, table, written, means):
    read = read_text(written, language, table)
    assert (read.key or read.intent) == means


def test_no_phrase_means_two_things_within_a_table_whatever_the_language():
    for table in prompts.catalog("en").reads:
        meanings = {}
        for language in prompts.languages():
            for meaning, phrases in prompts.catalog(language).reads[table].items():
                for phrase in phrases:
                    assert meanings.setdefault(plain(phrase), meaning) == meaning, (table, phrase)


def test_every_phrase_is_read_as_its_own_language_means_it():
    for language in prompts.languages():
        for table, meanings in prompts.catalog(language).reads.items():
            for meaning, phrases in meanings.items():
                for phrase in phrases:
                    read = read_text(phrase, language, (table,))
                    assert (read.key or read.intent) == meaning, (language, table, phrase)


@pytest.mark.parametrize(
    ("language", "greets", "voice"),
    [
        ("yue", "呢度係", "zh-HK"),
        ("es", "Para pedirlo, marque 1.", "es-US"),
        ("es-MX", "Para pedirlo, marque 1.", "es-US"),
    ],
)
def test_she_hears_her_own_language_and_orders_with_one_key(town, language, greets, voice):
    town.resident("Rosa Chan", ROSE, language=language)
    town.menu("Sopa")
    rosa = town.telephone(ROSE)
    rosa.dial()
    assert greets in rosa.heard
    assert {entry["language"] for entry in town.exchange.handset(ROSE)["heard"] if entry["kind"] == "say"} == {voice}
    rosa.press("1")
    assert [request.state for request in town.requests] == ["pooled"]
    rosa.hang_up()
    assert list(town.exchange.errors) == []


@pytest.mark.parametrize(
    ("language", "asks", "answer", "thanks"),
    [("yue", "去唔去得", "得", "多謝"), ("es", "¿Puede?", "Sí, claro", ""), ("es", "¿Puede?", "¡sí!", "Gracias")],
)
def test_a_volunteer_says_yes_in_her_own_words(town, language, asks, answer, thanks):
    town.resident("Rosa Chan", ROSE, language=language)
    town.volunteer("Sam Lee", SAM, language=language)
    town.staff("Dora", DUTY)
    rosa, sam = town.telephone(ROSE), town.telephone(SAM)
    rosa.text("2")
    rosa.text("1")
    rosa.text("1")
    rosa.text("x")
    town.wait(minutes=1)
    assert asks in sam.inbox[-1]
    answered = sam.text(answer)
    assert [offer.state for offer in town.offers] == ["yes" if thanks else "open"]
    assert thanks in answered
