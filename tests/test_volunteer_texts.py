"""Volunteers write as people write: a yes with a time, what is open, what is needed, off for a while and back."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from board_town import Browser
from test_answers_by_text import errand, states
from test_board_stories import text_of
from town import ANNA, DUTY, KARL, LEE, PASSWORD, ROSE, SAM

from dispatch import blanks
from models.events import Event
from models.people import Absence
from models.requests import HelpRequest
from models.traffic import Message
from voice.prompts import Setting, render_text
from voice.segments import segments_of
from voice.volunteer_words import read_volunteer

MONDAY = date(2026, 11, 23)
YES = {
    "en": ["yes at 5", "Yes, but at 5", "yes, after lunch", "ok after 3pm", "sure, around half past four", "Y 5pm",
           "I can, but only in the afternoon", "1 at 5", "yes. in an hour", "will do at 14:30", "okay at five o'clock",
           "yes this evening", "on it, in 20 minutes", "yes before noon", "YES AT 5.", "yes by quarter to three"],
    "zh-CN": ["好的，5点去", "可以，下午去", "能，但要五点以后", "好 饭后去", "接，下午三点半到", "行，过半小时", "好的，１５：３０去",
              "没问题，两点左右", "我去，午睡后", "可以，不过要十一点"],
    "yue": ["好呀，五點去", "得，下晝先得", "我去，但係要3點後", "去得，食完飯先", "好，半個鐘後", "冇問題，晏晝", "可以，十一點半到"],
    "es": ["sí, a las 5", "sí pero a las cinco y media", "Claro, después del almuerzo", "puedo, por la tarde", "ok en una hora",
           "voy a las 3 de la tarde", "de acuerdo, a mediodía", "si a las 5", "Sí, pero sólo después de las 4"],
}  # fmt: skip
NO_YES = {
    "en": ["yes?", "yes no", "yes if nobody else can", "yes but not today", "not yes", "yes at 5?", "yes tomorrow", "yes or no",
           "yes but I do not know when", "yes at 5 if I can park", "can I at 5", "no at 5", "yes but at 5 or not at all",
           "yes she called me", "yes but later this week", "ok but not at 5", "maybe at 5", "I can't at 5", "yesterday at 5",
           "okay so who is it", "sure about that at 5", "yes yes no at 5", "if yes at 5", "yes at", "yes 5 people", "ok on friday",
           "yes at 5 on sunday", "not sure, after lunch", "yes after she called", "yes at 5 no at 4", "y not at 5"],
    "zh-CN": ["好吗", "能不能五点", "好像五点", "好的，但是今天不行", "可以吗，下午", "不能，下午", "好的，明天下午", "五点行不行",
              "好的，如果没人去", "行不行下午", "接谁，五点", "好不好五点去", "能五点吗", "不行五点", "可以周五"],
    "yue": ["好唔好五點", "得唔得下晝", "好呀但今日唔得", "去唔去得五點", "聽日得", "好，聽日下晝", "得咩五點", "可以嗎五點", "唔得，五點"],
    "es": ["sí?", "si puedo a las 5", "sí, mañana", "no a las 5", "sí pero hoy no", "sí si nadie más puede", "tal vez a las 5",
           "sí pero no a las 5", "no sé si a las 5", "sí, el viernes", "voy a ver a las 5", "claro que no a las 5"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "written"), [(tag, one) for tag, all_ in YES.items() for one in all_])
def test_a_yes_with_a_time_is_a_yes_and_the_rest_is_kept(language, written):
    read = read_volunteer(written, language, MONDAY)
    assert (read.read.key, read.read.numbers, read.added) == ("1", (), written)


@pytest.mark.parametrize(("language", "written"), [(tag, one) for tag, all_ in NO_YES.items() for one in all_])
def test_what_is_not_certainly_a_yes_is_none(language, written):
    assert read_volunteer(written, language, MONDAY).read.key != "1"


@pytest.mark.parametrize(
    ("language", "written", "until"),
    [
        ("en", "OFF", None), ("en", "off until Friday", date(2026, 11, 27)), ("en", "off for 3 days", date(2026, 11, 25)),
        ("en", "Off two days", date(2026, 11, 24)), ("en", "on vacation till 5 December", date(2026, 12, 5)),
        ("en", "off today", MONDAY), ("zh-CN", "休息三天", date(2026, 11, 25)), ("zh-CN", "请假到周五", date(2026, 11, 27)),
        ("zh-CN", "放假到12月3日", date(2026, 12, 3)), ("yue", "請假到星期五", date(2026, 11, 27)), ("yue", "抖下", None),
        ("es", "de vacaciones hasta el viernes", date(2026, 11, 27)), ("es", "descanso 3 días", date(2026, 11, 25)),
    ],
)  # fmt: skip
def test_off_is_until_a_day_for_days_or_until_on(language, written, until):
    read = read_volunteer(written, language, MONDAY)
    assert (read.read.key, read.until) == ("off", until)


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "off from Friday to 30 November"), ("en", "off 27 November till 30 November"), ("zh-CN", "请假从周五到周一"),
     ("yue", "請假由星期五到星期一"), ("es", "de vacaciones del viernes al lunes")],
)  # fmt: skip
def test_off_may_begin_later(language, written):
    read = read_volunteer(written, language, MONDAY)
    assert (read.read.key, read.since, read.until) == ("off", date(2026, 11, 27), date(2026, 11, 30))


@pytest.mark.parametrize(
    "written",
    [
        "off 3",
        "off tomorrow",
        "off to the shop",
        "off for 99 days",
        "office",
        "off until?",
        "休息吗",
        "off Friday to the shop",
    ],
)
def test_what_is_not_certainly_off_is_none(written):
    assert read_volunteer(written, "en", MONDAY).read.key != "off"


@pytest.mark.parametrize(
    ("written", "key", "numbers"),
    [("call 13", "call", (13,)), ("13 call", "call", (13,)), ("CALL #13 2", "call", (13, 2)), ("more 13", "more", (13,)),
     ("Mine?", "mine", ()), ("yes 13 at 5", "1", (13,)), ("ok 13", "1", (13,)), ("on 5", "", ()), ("call 911 now", "", ())],
)  # fmt: skip
def test_numbers_go_with_wishes(written, key, numbers):
    read = read_volunteer(written, "en", MONDAY).read
    assert (read.key, read.numbers) == (key, numbers)


@pytest.fixture
def sam(town):
    town.staff("Dora", DUTY)
    return town.volunteer("Sam Lee", SAM)


def browser(town):
    page = Browser(town, town.app.test_client())
    page.log_in("Dora", PASSWORD)
    return page


def unread(town):
    return [message.body for message in town.rows(Message, needs_reading=True)]


@pytest.mark.both_databases
def test_what_she_adds_to_her_yes_stays_with_the_job_and_staff_look(town, sam):
    code = errand(town, "Rose Miller", ROSE)
    for unclear in ("yes?", "yes no", "yes if nobody else can", "yes but not today", "not yes"):
        sam.text(unclear)
        assert states(town) == ["offered"], unclear
    assert unread(town)[-1] == "not yes"
    said = sam.text("Yes, but at 5")
    assert "Rose" in said
    assert "Our staff read what you added" in said
    assert states(town) == ["taken"]
    assert unread(town)[-1] == "Yes, but at 5"
    assert town.jobs[0].yes_words == "Yes, but at 5"
    assert [event.why for event in town.rows(Event, verb="yes_but")] == ["Yes, but at 5"]
    board = browser(town)
    assert "With the yes: Yes, but at 5" in text_of(board.see("/"))
    assert "added to the yes" in text_of(board.see("/requests/1"))
    assert "no job" not in sam.text(f"4 {code}")
    assert town.jobs[0].yes_words == "", "whoever takes it next has said nothing"


def test_the_time_is_kept_while_it_is_asked_which(town, sam):
    errand(town, "Rose Miller", ROSE)
    second = errand(town, "Karl Braun", KARL)
    assert "Which one?" in sam.text("yes at 5")
    assert "Karl" in sam.text(str(second))
    assert [job.yes_words for job in town.jobs] == ["", "yes at 5"]


def test_what_is_open_and_what_is_needed(town, sam):
    assert "Nothing is open" in sam.text("mine")
    assert "Nothing is open" in sam.text("more")
    first = errand(town, "Rose Miller", ROSE)
    assert f"Can you? {first} errand. Text only a number" in sam.text("MINE?")
    assert "for Rose in East" in sam.text("more"), "before the yes no more than the offer"
    sam.text("1")
    with town.database.begin() as session:
        session.get(HelpRequest, 1).note = "Two litres of milk"
    second = errand(town, "Karl Braun", KARL)
    assert f"Your jobs: {first} errand. Can you? {second} errand." in sam.text("my jobs")
    assert "For Rose: Two litres of milk." in sam.text("more")
    sam.text("1")
    assert "Which one?" in sam.text("more")
    assert f"Nothing more was said about job {second}" in sam.text(str(second))
    karl = town.telephone(KARL)
    karl.dial()
    for key in ("2", "1", "1"):
        karl.press(key)
    karl.speak("Bread, please")
    karl.press("1")
    karl.hang_up()
    town.wait(minutes=1)
    third = town.jobs[-1].code
    sam.text(f"1 {third}")
    assert "There is a spoken note for Karl: ring" in sam.text(f"more {third}")


@pytest.mark.both_databases
def test_off_for_a_while_and_back(town, sam):
    errand(town, "Rose Miller", ROSE)
    sam.text("1")
    errand(town, "Karl Braun", KARL)
    said = sam.text("off until Friday")
    assert "up to and including Friday 27 November" in said
    assert f"You still have: {town.jobs[0].code} errand. To give it back, text 4 {town.jobs[0].code}." in said
    town.wait(minutes=1)
    assert states(town) == ["taken", "stuck"], "what she was asked is put to others"
    assert [row.until_date for row in town.rows(Absence)] == [date(2026, 11, 27)]
    assert "27" in text_of(browser(town).see("/volunteers/1"))
    errand(town, "Anna Berg", ANNA)
    assert states(town)[-1] == "stuck"
    assert "offers again" in sam.text("I am back")
    assert not town.rows(Absence)
    assert "until you text ON" in sam.text("off")
    assert "– open" in text_of(browser(town).see("/volunteers/1"))
    sam.text("on")
    assert [
        (event.verb, event.why) for event in town.rows(Event, who="volunteer 1") if event.verb in ("away", "back")
    ] == [("away", "2026-11-27"), ("back", ""), ("away", ""), ("back", "")]
    sam.text("2")


def test_off_from_a_day_on_and_everything_given_back_with_one_answer(town, sam):
    """She is still here until then; whatever she has in that time goes with a single 4, and each is asked for anew."""
    town.volunteer("Lee Park", LEE)
    for name, phone in (("Rose Miller", ROSE), ("Karl Braun", KARL)):
        errand(town, name, phone)
        sam.text(f"1 {town.jobs[-1].code}")
    assert "from Friday 27 November up to and including Sunday 29 November" in sam.text("off from Friday to Sunday")
    assert not town.rows(Absence)[0].covers(date(2026, 11, 26))
    assert "offers again" in sam.text("on")
    assert not town.rows(Absence), "she will not go after all"
    said = sam.text("off")
    assert "To give them all back, text 4" in said
    both = ", ".join(str(job.code) for job in town.jobs)
    assert f"you cannot do {both}." in sam.text("4")
    town.wait(minutes=1)
    assert states(town) == ["offered", "offered"]
    assert not any("no longer yours" in text for text in sam.inbox), "she knows"
    for phone in (ROSE, KARL):
        assert "cannot come after all" in town.telephone(phone).inbox[-1]
    assert "You have no open job" in sam.text("4"), "there is nothing to give back twice"


@pytest.mark.parametrize("language", ["en", "es", "zh-CN", "yue"])
def test_what_is_written_to_her_fits_into_two_segments(language):
    is_chinese = language in ("zh-CN", "yue")
    name, errand_ = ("欧阳慧敏", "跑腿买东西") if is_chinese else ("Maria Guadalupe", "transporte al hospital")
    four = {"$list": [blanks.sentence("which_job_one", code=1234, what=errand_)] * 4}
    given = {"name": name, "what": errand_, "code": 1234, "list": four, "phone": blanks.number("+12125550100"),
             "day": blanks.day(date(2026, 12, 30)), "since": blanks.day(date(2026, 12, 23)),
             "codes": {"$list": ["1234"] * 6}}  # fmt: skip
    setting = Setting(language, ZoneInfo("UTC"), datetime(2026, 11, 23, tzinfo=UTC), "text", "Linli")
    for prompts in (
        ["join_coming"], ["join_asleep"], ["join_cannot"], ["join_often"], ["note_spoken"], ["on_again"], ["mine_nothing"],
        ["mine_jobs", "mine_more"], ["mine_offers", "mine_more"], ["off_until"], ["off_open"], ["yes_noted"],
        ["off_from"], ["all_back_thanks"], ["jobs_withdrawn"], ["is_she_well"],
    ):  # fmt: skip
        words = "Linli: " + render_text([(prompt, given) for prompt in prompts], setting)
        assert segments_of(words) <= 2, (len(words), words)
    jobs = {**given, "list": {"$list": four["$list"][:3]}}
    for still in ("off_jobs", "off_jobs_many"):
        words = "Linli: " + render_text([("off_from", given), (still, jobs)], setting)
        assert segments_of(words) <= (3 if is_chinese else 2), (len(words), words)
    words = "Linli: " + render_text([("off_until", given), ("off_jobs_many", jobs)], setting)
    assert segments_of(words) <= (3 if is_chinese else 2), (len(words), words)
