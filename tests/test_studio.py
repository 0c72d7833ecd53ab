"""Staff ring the line, key their PIN, and say what it says; whoever rings next hears them instead of the machine."""

import io
import struct

import pytest
from board_town import Browser
from sqlalchemy import select
from town import DUTY, MEI, PASSWORD, SAM

from dispatch import recording
from dispatch.founding import hashed_pin
from models.events import Event
from models.people import Role, Staff
from models.recorded import RecordedPrompt
from models.traffic import Call, Outcome, Recording
from voice.answer import call_goes_on
from voice.ending import call_is_over
from voice.exchange.spoken import labelled
from voice.numbered import can_be_recorded, numbers
from voice.prompts import catalog
from voice.recordings import fetch_due
from voice.talk import Heard, Sound

PIN = "2468"
MACHINE = "For meals, press 1."


@pytest.fixture
def dora(town, rose):
    """A coordinator with a PIN, at her own telephone."""
    return coordinator(town)


def coordinator(town, name="Dora", number=DUTY, pin=PIN):
    phone = town.staff(name, number, role=Role.COORDINATOR)
    with town.database.begin() as session:
        session.scalars(select(Staff).where(Staff.name == name)).one().pin_hash = hashed_pin(pin) if pin else None
    return phone


def key_in(phone, digits):
    for digit in digits:
        heard = phone.press(digit)
    return heard


def enter(phone, pin=PIN):
    phone.dial()
    phone.press("6")
    return key_in(phone, pin)


def number_of(prompt):
    return f"{next(number for number, name in numbers().items() if name == prompt):03d}"


def record(phone, prompt, words):
    """From the studio's menu: choose by number, speak, hear it, keep it."""
    phone.press("3")
    key_in(phone, number_of(prompt))
    phone.press("1")
    say(phone, words)
    return phone.press("1")


def say(phone, words):
    """Speak after the tone, and wait until what was said is heard."""
    heard = phone.speak(words)
    while "not here yet" in heard or "还没有到" in heard:
        heard = phone.silence()
    return heard


def played(phone):
    """The recordings that were played in this call, by what is said in them."""
    return [entry["text"] for entry in phone._sounds() if entry["kind"] == "play"]


def test_a_sentence_that_dora_records_by_telephone_is_heard_in_the_very_next_call(town, rose, dora):
    assert MACHINE in rose.dial()
    rose.hang_up()
    assert "For a sentence by its number, press 3." in enter(dora)
    dora.press("3")
    heard = key_in(dora, number_of("main_meals"))
    assert MACHINE in heard
    assert "To record it, press 1." in heard
    assert "Speak after the tone" in dora.press("1")
    assert "To keep what you hear now, press 1." in say(dora, "Lunch, dear: one!")
    assert played(dora) == ["Lunch, dear: one!"]
    assert "Kept." in dora.press("1")
    dora.hang_up()
    heard = rose.dial()
    assert played(rose) == ["Lunch, dear: one!"]
    assert MACHINE not in heard
    assert "For help at home, press 2." in heard
    assert "There is no meal to order" in rose.press("1")
    assert {call.outcome for call in town.calls if call.phone == DUTY} == {Outcome.HEARD}
    assert list(town.exchange.errors) == []
    assert DUTY not in [task.phone for task in town.callbacks]


def test_the_recording_is_played_in_its_place_between_the_sentences(town, rose, dora):
    enter(dora)
    record(dora, "main_help", "Help? Two!")
    dora.hang_up()
    rose.dial()
    town.seconds(60)
    order = [entry["text"] for entry in rose._sounds() if entry["kind"] in ("say", "play")]
    assert [MACHINE in order[0], order[1], "press 3" in order[2]] == [True, "Help? Two!", True]
    pauses = [entry["seconds"] for entry in rose._sounds()[:5] if entry["kind"] == "pause"]
    assert pauses == [1, 1]


def test_the_greeting_with_the_name_of_the_community_can_be_recorded(town, dora):
    enter(dora)
    record(dora, "greeting", "Good morning from all of us")
    dora.hang_up()
    sam = town.telephone(SAM)
    assert "this is Linli" not in sam.dial()
    assert played(sam) == ["Good morning from all of us"]


def test_she_can_record_it_again_before_she_keeps_it_and_the_first_take_is_gone(town, rose, dora):
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    say(dora, "Oh no")
    assert "Speak after the tone" in dora.press("2")
    say(dora, "Lunch is one")
    dora.press("1")
    dora.hang_up()
    rose.dial()
    assert played(rose) == ["Lunch is one"]
    assert len(town.rows(Recording)) == 1


def test_whoever_goes_back_and_speaks_again_leaves_no_take_behind(town, rose, dora):
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    say(dora, "Oh no")
    assert "Speak after the tone" in dora.press("*")
    say(dora, "Lunch is one")
    dora.press("1")
    dora.hang_up()
    rose.dial()
    assert played(rose) == ["Lunch is one"]
    assert len(town.rows(Recording)) == 1


def test_a_recording_takes_the_place_of_the_one_before(town, rose, dora):
    enter(dora)
    record(dora, "main_meals", "First")
    record(dora, "main_meals", "Second")
    dora.hang_up()
    rose.dial()
    assert played(rose) == ["Second"]
    assert len(town.rows(RecordedPrompt)) == len(town.rows(Recording)) == 1


def test_what_the_carrier_has_not_ready_yet_is_waited_for_honestly(town, rose, dora):
    town.exchange.faults.recording_seconds = 100
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    assert "Your recording is not here yet." in dora.speak("Lunch is one")
    assert "Your recording is not here yet." in dora.press("1")
    assert played(dora) == []
    town.exchange.faults.recording_seconds = 1
    dora.press("2")
    say(dora, "Lunch is one, I say")
    assert played(dora) == ["Lunch is one, I say"]


def test_what_never_arrives_is_not_waited_for_without_end(town, dora):
    town.exchange.faults.recording_seconds = 100_000
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    dora.speak("Lunch is one")
    silences = 0
    while "Goodbye" not in dora.heard and silences < 12:
        dora.silence()
        silences += 1
    town.seconds(5)
    assert (dora.state, silences) == ("idle", 8)
    assert town.rows(Recording) == []


def test_nothing_said_is_nothing_recorded(town, dora):
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    assert "Nothing was recorded." in dora.silence()
    dora.hang_up()
    assert town.rows(Recording) == []


@pytest.mark.parametrize("stops_at", ["while speaking", "before keeping"])
def test_whoever_hangs_up_half_way_keeps_nothing(town, rose, dora, stops_at):
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    if stops_at == "while speaking":
        dora._until("words")
        town.exchange.speak(DUTY, "Lunch is")
    else:
        say(dora, "Lunch is one")
    dora.hang_up()
    town.wait(minutes=2)
    assert town.rows(RecordedPrompt) == town.rows(Recording) == []
    assert MACHINE in rose.dial()
    assert town.callbacks == []


def test_another_language_is_not_touched(town, rose, dora):
    mei = town.resident("Mei Chen", MEI, language="zh-CN")
    enter(dora)
    heard = dora.heard
    assert "For English, press 1." in heard
    assert "For 中文, press 2." in heard or "press 2" in heard
    dora.press("1")
    record(dora, "main_meals", "Lunch is one")
    dora.hang_up()
    assert "订餐请按1。" in mei.dial()
    assert played(mei) == []
    mei.hang_up()
    enter(dora)
    dora.press("2")
    record(dora, "main_meals", "吃饭按一")
    dora.hang_up()
    assert "订餐请按1。" not in mei.dial()
    assert played(mei) == ["吃饭按一"]
    rose.dial()
    assert played(rose) == ["Lunch is one"]


def test_a_dialect_that_is_not_shipped_is_recorded_for_those_who_speak_it(town, dora):
    mei = town.resident("Mei Chen", MEI, language="wuu")
    lan = town.resident("Lan Chen", "+861055551002", language="zh-CN")
    assert "Wu Chinese" in enter(dora)
    dora.press("2" if "For Wu Chinese, press 2" in dora.heard else "3")
    record(dora, "main_meals", "吃饭揿一")
    dora.hang_up()
    assert "订餐请按1。" not in mei.dial()
    assert played(mei) == ["吃饭揿一"]
    assert "订餐请按1。" in lan.dial()
    assert played(lan) == []
    lan.hang_up()
    mei.hang_up()
    enter(dora)
    dora.press("3" if "For Wu Chinese, press 2" in dora.heard else "2")
    record(dora, "main_meals", "吃饭按一")
    record(dora, "main_help", "帮忙按二")
    dora.hang_up()
    lan.dial()
    assert played(lan) == ["吃饭按一", "帮忙按二"]
    mei.dial()
    assert played(mei) == ["吃饭揿一", "帮忙按二"]


def test_a_dish_is_said_by_dora_inside_the_sentence_of_the_machine(town, rose, dora):
    town.menu("Soup", "Dumplings")
    enter(dora)
    assert "For Dumplings, press 2." in dora.press("1")
    assert "Dumplings." in dora.press("2")
    dora.press("1")
    say(dora, "Auntie's dumplings")
    dora.press("1")
    dora.hang_up()
    rose.dial()
    rose.press("2")
    rose.press("*")
    rose.hang_up()
    rose.dial()
    heard = rose.heard
    assert "Soup" in heard
    assert played(rose) == []
    for key in ("1", "3"):  # the usual is ordered; what has she ordered? another dish
        rose.press(key)
    heard = rose.press("2")
    assert "For Soup, press 1." in heard
    assert "Dumplings" not in heard
    assert "press 2" in heard
    assert played(rose)[-1] == "Auntie's dumplings"


def test_no_name_of_a_dish_can_make_a_recording_sound(town, rose):
    town.menu("\ue0001\ue001 pie")
    rose.dial()
    rose.press("2")
    rose.press("1")
    rose.press("1")
    rose.speak("My door key is under the mat")
    rose.press("1")
    rose.hang_up()
    town.wait(minutes=1)
    assert town.rows(Recording)[0].id == 1
    assert " pie" in rose.dial()
    assert played(rose) == []


def test_a_wrong_pin_opens_nothing_and_three_close_the_door_for_an_hour(town, dora):
    heard = enter(dora, "1111")
    assert "That is not your PIN." in heard
    assert "Key your PIN" in heard
    assert "That is not your PIN." in key_in(dora, "2222")
    assert "too many wrong PINs" in key_in(dora, "3333")
    dora.hang_up()
    dora.dial()
    assert "too many wrong PINs" in dora.press("6")
    dora.hang_up()
    town.wait(minutes=58)
    dora.dial()
    assert "too many wrong PINs" in dora.press("6")
    dora.hang_up()
    town.wait(minutes=5)
    assert "For a sentence by its number" in enter(dora)
    verbs = [event.verb for event in town.rows(Event) if event.verb.startswith("pin")]
    assert verbs == ["pin_wrong"] * 3 + ["pin_refused"]


def test_the_wrong_pins_of_two_calls_are_counted_together_and_the_right_one_does_not_help_then(town, dora):
    for wrong in ("1111", "2222"):
        enter(dora, wrong)
        dora.hang_up()
    assert "too many wrong PINs" in enter(dora, "3333")
    dora.hang_up()
    dora.dial()
    assert "Key your PIN" not in dora.press("6")


def test_the_right_pin_comes_too_late_when_the_third_wrong_one_came_in_another_call(town, dora):
    with town.database.begin() as session:
        staff = session.scalars(select(Staff)).one()
        tried = [recording.try_pin(session, staff, pin, now=town.now) for pin in ("1111", "2222", PIN, "3333", PIN)]
    assert tried == [False, False, True, False, False]


def test_a_pin_is_nowhere_once_the_call_is_over(town, dora, caplog):
    enter(dora)
    dora.hang_up()
    dora.dial()
    dora.press("6")
    key_in(dora, PIN[:3])
    dora.hang_up()
    town.wait(minutes=1)
    for call in town.rows(Call):
        assert not {"pin", "studio", "take"} & set(call.talk["picks"])
        assert PIN[:3] not in str(call.talk)
    assert PIN not in caplog.text


def test_only_the_digits_so_far_are_kept_and_none_after_the_check(town, dora):
    enter(dora)
    assert town.calls[-1].talk["picks"]["pin"] == ""


@pytest.mark.parametrize("who", ["a resident", "a volunteer", "nobody we know", "a dispatcher", "withheld"])
def test_only_a_coordinators_own_number_leads_into_the_studio(town, rose, dora, who):
    phone = {
        "a resident": lambda: rose,
        "a volunteer": lambda: town.volunteer("Sam Lee", SAM),
        "nobody we know": lambda: town.telephone(SAM),
        "a dispatcher": lambda: town.staff("Lee", SAM, role=Role.DISPATCHER),
        "withheld": lambda: dora,
    }[who]()
    phone.dial(withheld=who == "withheld")
    assert "PIN" not in phone.press("6")
    assert "studio" not in str(town.calls[-1].talk)


def test_the_studio_is_announced_to_nobody_and_not_open_by_text(town, rose, dora):
    town.resident("Dora May", DUTY)
    assert "press 6" not in dora.dial()
    dora.hang_up()
    dora.text("menu")
    assert "PIN" not in dora.text("6")
    dora.dial()
    assert "PIN" in dora.press("6")


def test_without_a_pin_she_is_told_where_to_set_one(town, rose):
    dora = coordinator(town, pin=None)
    dora.dial()
    assert "You can set one on the board." in dora.press("6")


def test_whoever_has_left_enters_no_more(town, dora):
    with town.database.begin() as session:
        session.scalars(select(Staff)).one().is_active = False
    dora.dial()
    assert "PIN" not in dora.press("6")


# --- on the board -------------------------------------------------------------------------------------------------


@pytest.fixture
def chen(town, dora):
    """Dora at the board."""
    browser = Browser(town, town.app.test_client())
    browser.log_in("Dora", PASSWORD)
    browser.see("/recorded")
    return browser


def wav(words="", *, bytes_long=8000):
    """A second of something, as a file; the simulated carrier shows its words."""
    head = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    sound = b"data" + struct.pack("<I", bytes_long) + bytes(bytes_long)
    return labelled(b"RIFF" + struct.pack("<I", 4 + len(head) + len(sound)) + b"WAVE" + head + sound, words)


def mp3(seconds=2):
    """MPEG 1, layer III, 64 kbit/s, behind a label of its own."""
    label = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
    return label + (b"\xff\xfb\x50\xc0" + bytes(8000 * seconds - 4))


def upload(browser, data, *, key="main_meals", language="en", name="lunch.wav", status=200):
    file = (io.BytesIO(data), name)
    return browser.press("/recorded", status, key=key, language=language, file=file)


def test_a_file_that_is_uploaded_is_heard_in_the_next_call_listed_and_downloaded_as_it_was(town, rose, chen):
    sound = wav("Lunch is one")
    page = upload(chen, sound)
    assert "Callers hear the recording from now on." in page
    assert "lunch.wav" in page
    assert MACHINE not in rose.dial()
    assert played(rose) == ["Lunch is one"]
    [row] = town.rows(RecordedPrompt)
    answer = chen.client.get(f"/recorded/{row.id}/file")
    assert answer.data == sound
    assert answer.headers["Content-Disposition"] == "attachment; filename=main_meals.en.wav"
    heard = chen.client.get(f"/recordings/{row.recording_id}")
    assert (heard.data, heard.mimetype) == (sound, "audio/wav")
    assert [row.seconds for row in town.rows(Recording)] == [1]


def test_an_mp3_is_played_too(town, rose, chen):
    upload(chen, mp3(), name="lunch.mp3")
    rose.dial()
    assert len(played(rose)) == 1
    assert list(town.exchange.errors) == []
    assert [(row.media_type, row.seconds) for row in town.rows(Recording)] == [("audio/mpeg", 2)]
    link = played(rose)[0].removeprefix("http://linli.test")
    assert town.app.test_client().get(link).mimetype == "audio/mpeg"


def test_what_is_taken_away_on_the_board_is_said_by_the_machine_in_the_next_call(town, rose, dora, chen):
    enter(dora)
    record(dora, "main_meals", "Lunch is one")
    dora.hang_up()
    assert "main_meals" in chen.see("/recorded")
    [row] = town.rows(RecordedPrompt)
    assert "The machine voice says it again." in chen.press(f"/recorded/{row.id}/away")
    assert town.rows(RecordedPrompt) == town.rows(Recording) == []
    assert MACHINE in rose.dial()
    assert played(rose) == []


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"Lunch is one, she wrote.", "lunch.wav"),
        (b"", "lunch.mp3"),
        (b"RIFF\x00\x00\x00\x00WAVE", "lunch.wav"),
        (wav()[:20] + struct.pack("<H", 85) + wav()[22:], "lunch.wav"),
        (b"\xff\xff\xff\xff" * 40, "lunch.mp3"),
        (b"ID3" + bytes(40), "lunch.mp3"),
        (b"<html><script>alert(1)</script></html>", "lunch.mp3"),
    ],
)
def test_what_is_no_sound_is_refused_whatever_it_is_called(town, rose, chen, data, name):
    assert "no sound that a telephone can play" in upload(chen, data, name=name, status=422)
    assert town.rows(RecordedPrompt) == town.rows(Recording) == []
    assert MACHINE in rose.dial()


def test_a_file_is_at_most_two_megabytes(town, chen):
    page = upload(chen, wav(bytes_long=2 * 1024 * 1024), status=422)
    assert "larger than 2 MB" in page
    upload(chen, wav(bytes_long=3 * 1024 * 1024), status=413)
    assert town.rows(Recording) == []
    chen.see("/recorded")
    upload(chen, wav(bytes_long=2 * 1024 * 1024 - 200))
    assert len(town.rows(Recording)) == 1


def test_only_a_coordinator_may_send_so_much(town, chen):
    town.staff("Lee", SAM, role=Role.DISPATCHER)
    for name, status in (("Lee", 413), ("", 413)):
        browser = Browser(town, town.app.test_client())
        if name:
            browser.log_in(name, PASSWORD)
            browser.see("/")
        else:
            browser.see("/login")
        upload(browser, wav(bytes_long=100_000), status=status)
    assert town.rows(Recording) == []


def test_only_what_the_line_says_can_be_recorded(town, chen):
    for key, language in (("confirm_dish", "en"), ("dish:Gold", "en"), ("news:7", "en"), ("main_meals", "xx")):
        upload(chen, wav(), key=key, language=language, status=422)
    assert town.rows(RecordedPrompt) == []


def test_news_are_heard_as_recorded_and_the_recording_goes_with_them(town, rose, dora, chen):
    chen.see("/news")
    today = town.now.date().isoformat()
    chen.press("/news", words_en="The hall is closed.", from_date=today, until_date=today)
    enter(dora)
    assert "The hall is closed." in dora.press("2")
    assert "The hall is closed." in dora.press("1")
    dora.press("1")
    say(dora, "No hall today, friends")
    dora.press("1")
    dora.hang_up()
    rose.dial()
    assert "The hall is closed." not in rose.press("4")
    assert played(rose) == ["No hall today, friends"]
    rose.hang_up()
    [row] = town.rows(RecordedPrompt)
    chen.see("/news")
    chen.press(f"/news/{row.key.removeprefix('news:')}/end")
    assert town.rows(RecordedPrompt) == town.rows(Recording) == []


def test_she_sets_her_pin_on_the_board_and_enters_with_it(town, dora, chen):
    chen.see("/settings")
    for wrong in ("123", "12345", "12a4", "１２３４"):
        assert "A PIN has four digits." in chen.press("/settings/pin", 422, pin=wrong)
    chen.see("/settings")
    assert "Your PIN is set." in chen.press("/settings/pin", pin="1357")
    [row] = town.rows(Staff)
    assert row.pin_hash.startswith("$argon2id$")
    assert "That is not your PIN." in enter(dora, PIN)
    assert "For a sentence by its number" in key_in(dora, "1357")
    dora.hang_up()
    assert "You have no PIN any more." in chen.press("/settings/pin", pin="")
    dora.dial()
    assert "You have no PIN yet." in dora.press("6")


def test_the_board_shows_what_was_recorded_and_which_pins_were_wrong(town, dora, chen):
    enter(dora, "1111")
    key_in(dora, PIN)
    record(dora, "main_meals", "Lunch is one")
    page = chen.see("/recorded")
    assert "a wrong PIN" in page
    assert "main_meals (en)" in page


def test_whoever_is_dismissed_in_the_middle_of_the_call_gets_no_further(town, dora):
    enter(dora)
    with town.database.begin() as session:
        session.scalars(select(Staff)).one().is_active = False
    heard = dora.press("3")
    assert "digits" not in heard
    assert "PIN" not in heard


def test_a_recording_that_comes_behind_the_end_of_the_call_is_not_kept(town, dora):
    enter(dora)
    dora.press("3")
    key_in(dora, number_of("main_meals"))
    dora.press("1")
    call = town.calls[-1]
    late = Heard(Sound.SPOKEN, recording_sid="RE" + "5" * 32, seconds=4)
    with town.database.begin() as session:
        row = session.get(Call, call.id)
        call_is_over(session, row, now=town.now)
        row.talk = {**row.talk, "picks": call.talk["picks"]}  # as it was when the recording was announced
        call_goes_on(session, row, late, now=town.now)
        picks = row.talk["picks"]
    assert not {"take", "studio"} & set(picks)
    assert town.rows(Recording) == []


def test_a_take_that_is_thrown_away_while_it_is_being_fetched_is_nobodys_fault(town, dora):
    class WhileSheChangesHerMind:
        def any_of(self, _):
            with town.database.begin() as session:
                session.delete(session.scalars(select(Recording)).one())
            return b"RIFF", "audio/wav"

    with town.database.begin() as session:
        session.add(Recording(community_id=1, recording_sid="RE" + "6" * 32, made_at=town.now, due_at=town.now))
    assert fetch_due(town.database, WhileSheChangesHerMind(), now=town.now) == 1
    assert town.rows(Recording) == []


def test_no_number_of_a_sentence_is_missing_or_there_twice():

    known = {prompt for prompt in catalog("en").voice if can_be_recorded(prompt, "en")}
    assert set(numbers().values()) == known, "new sentences are added at the end of numbered.toml"
    assert len(numbers()) == len(known)
    assert max(numbers()) < 1000
