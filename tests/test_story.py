"""The main job, end to end, through telephones: what people heard, and what is stored."""

import pytest
from sqlalchemy import select
from test_webhooks import ACCOUNT, CALL, key, post, ring, write
from town import ANNA, DUTY, KARL, LEE, LINE, MIA, ROSE, SAM

from models.numbers import Phone
from models.people import Resident
from models.traffic import Call, Message

pytestmark = pytest.mark.both_databases


@pytest.fixture
def rose(town):
    return town.resident("Rose Miller", ROSE, address="5 Elm Street, door 2")


@pytest.fixture
def lee(town):
    return town.volunteer("Lee Wong", LEE)


@pytest.fixture
def dora(town):
    return town.staff("Dora", DUTY)


@pytest.fixture
def lunch(town):
    return town.menu("Tomato soup", ("Peanut chicken", "peanuts;hot"))


def outcome(town):
    return [str(call.outcome) for call in town.calls]


def states(town):
    return [str(request.state) for request in town.requests]


# --- meals --------------------------------------------------------------------------------------------------------


def test_one_key_orders_the_usual_lunch(town, rose, lunch):
    heard = rose.dial()
    assert "Hello Rose" in heard
    assert "Miller" not in heard
    assert "Tomato soup. To order it, press 1" in heard
    assert "Ordered: Tomato soup" in rose.press("1")
    rose.hang_up()
    assert states(town) == ["pooled"]
    assert outcome(town) == ["ordered"]


def test_the_order_stands_when_she_hangs_up_on_the_confirmation(town, rose, lunch):
    rose.dial()
    rose.press("1")
    rose.hang_up()
    assert "is ordered. It comes today" in rose.dial()
    assert len(town.requests) == 1


def test_her_usual_is_her_last_dish(town, rose, lunch):
    rose.dial()
    rose.press("1")
    rose.hang_up()
    town.menu("Fish", "Tomato soup", days=1)
    town.wait(hours=3)
    assert "Lunch tomorrow: Tomato soup. To order it, press 1" in rose.dial()


def test_a_dish_that_clashes_with_her_diet_is_never_her_usual_and_is_marked_when_chosen(town, lunch):
    anna = town.resident("Anna Berg", ANNA, diet="no tomato;peanut allergy")
    menu = town.menu(("Peanut chicken", "peanuts"), "Noodles", meal="dinner")
    assert menu
    heard = anna.dial()
    assert "Tomato soup. To order" in heard  # its list of contents names no tomato
    anna.silence()
    heard = anna.press("1")
    assert "For lunch today, press 1" in heard
    assert "For dinner today, press 2" in heard
    heard = anna.press("2")
    assert "Peanut chicken, which may not suit you, press 1" in heard
    assert "For Noodles, press 2" in heard
    assert "Please note: this may not suit you" in anna.press("1")


def test_another_dish_is_read_back_before_it_counts(town, rose, lunch):
    rose.dial()
    rose.silence()  # leads to the main menu, and is no mistake
    assert "You can order lunch today until 10 AM" in rose.press("1")
    assert "Peanut chicken, lunch today. If that is right, press 1" in rose.press("2")
    assert town.requests == []
    assert "Ordered: Peanut chicken" in rose.press("1")
    rose.hang_up()
    assert states(town) == ["pooled"]


def test_after_the_cut_off_lunch_is_refused_kindly_and_the_next_meal_offered(town, rose, lunch):
    town.menu("Noodles", meal="dinner")
    rose.dial()
    town.wait(minutes=61)
    assert "Lunch" not in rose.dial()
    assert "Dinner today: Noodles" in rose.heard


def test_a_meal_that_closes_while_she_listens_is_not_ordered(town, rose, lunch):
    rose.dial()
    town.clock.shown = town.clock.shown.replace(hour=15, minute=1)  # 10:01 in New York, in the middle of her call
    heard = rose.press("1")
    assert "Lunch today could be ordered until 10 AM. That time has passed" in heard
    assert town.requests == []


def test_she_hears_what_she_has_ordered_changes_it_and_calls_it_off(town, rose, lunch):
    rose.dial()
    rose.press("1")
    rose.hang_up()
    rose.dial()
    heard = rose.press("3")
    assert "Lunch (Tomato soup) is ordered" in heard
    assert "For another dish, press 2" in heard
    rose.press("2")
    rose.press("2")
    assert "Changed: you now have Peanut chicken" in rose.press("1")
    rose.press("3")
    assert "Call off lunch (Peanut chicken)?" in rose.press("3")
    assert "Called off" in rose.press("1")
    rose.hang_up()
    assert states(town) == ["cancelled"]
    assert outcome(town) == ["ordered", "changed"]
    town.close_meals(lunch)
    assert town.jobs == []


def test_the_round_is_offered_taken_and_delivered_and_everybody_knows(town, rose, sam, lunch):
    rose.dial()
    rose.press("1")
    rose.hang_up()
    karl = town.resident("Karl May", KARL, zone=0, address="7 Elm Street")
    karl.dial()
    karl.press("1")
    karl.hang_up()
    town.close_meals(lunch)
    assert "Elm" not in sam.inbox[-1]
    assert "Rose" not in sam.inbox[-1]
    assert "lunch round, 2 stops in East" in sam.inbox[-1]
    details = sam.text("1")
    assert "5 Elm Street, door 2" in details
    assert "7 Elm Street" in details
    assert states(town) == ["taken", "taken"]
    assert "Sam brings your lunch (Tomato soup), today between 11 AM and 12:30 PM" in rose.inbox[-1]
    word = rose.inbox[-1].split("The word at the door is ")[1].rstrip(".")
    assert word in details
    assert "Done: job" in sam.text("3")
    assert states(town) == ["done", "done"]
    assert [str(job.state) for job in town.jobs] == ["done"]


def test_somebody_not_at_home_is_an_alert_and_the_others_are_fed(town, rose, sam, dora, lunch):
    for phone, name in ((ROSE, None), (KARL, "Karl May")):
        telephone = town.resident(name, phone) if name else rose
        telephone.dial()
        telephone.press("1")
        telephone.hang_up()
    town.close_meals(lunch)
    sam.text("1")
    asked = sam.text("5")
    assert "Who was it?" in asked
    assert "Rose" in asked
    assert "Karl was not at home" in sam.text("2")
    assert [str(alert.kind) for alert in town.alerts] == ["not_home"]
    assert "was not at home. Please ring" in dora.inbox[-1]
    sam.text("3")
    assert sorted(states(town)) == ["done", "not_home"]
    sam.text("6")
    sam.text("6 1")
    assert "worried" in [str(alert.kind) for alert in town.alerts]


def test_a_standing_order_is_placed_once_by_the_clock_and_never_over_what_she_decided(town, rose, lunch):
    town.standing_order("Rose Miller")
    town.wait(minutes=2)
    assert [(str(r.source), str(r.state)) for r in town.requests] == [("standing", "pooled")]
    assert "Lunch (Tomato soup) is ordered" in rose.dial()
    rose.press("3")
    rose.press("3")
    rose.press("1")
    rose.hang_up()
    town.wait(minutes=70)
    assert states(town) == ["cancelled"]


# --- errands and the queue ----------------------------------------------------------------------------------------


def ask_for_an_errand(telephone, words="milk and bread"):
    telephone.dial()
    telephone.press("2")
    telephone.press("1")
    telephone.press("1")
    if words:
        telephone.speak(words)
    else:
        telephone.silence()
    said = telephone.press("1")
    telephone.hang_up()
    return said


def test_an_errand_with_a_spoken_note_reaches_a_volunteer(town, rose, sam):
    assert "We are looking for somebody: errand" in ask_for_an_errand(rose)
    assert outcome(town) == ["requested"]
    offer = sam.inbox[-1]
    assert "errand for Rose in East" in offer
    assert "Elm" not in offer
    details = sam.text("1")
    assert "5 Elm Street" in details
    assert "ring us to hear what is needed" in details
    assert "Sam comes for your errand" in rose.inbox[-1]
    town.wait(minutes=1)
    assert "To hear what is needed, press 7" in sam.dial()
    sam.press("7")
    sam.silence()
    sounds = [entry["kind"] for entry in town.exchange.handset(SAM)["heard"]]
    assert "play" in sounds
    sam.hang_up()
    assert "Done" in sam.text("done")
    assert states(town) == ["done"]


def test_the_second_yes_is_thanked_and_told_the_truth(town, rose, sam, lee):
    ask_for_an_errand(rose)
    sam.text("1")
    assert "is taken by now. Thank you" in lee.inbox[-1]
    assert "taken by now" in lee.text("1")
    assert "5 Elm Street" not in " ".join(lee.inbox)
    assert len({job.volunteer_id for job in town.jobs}) == 1


def test_a_no_asks_the_next_at_once(town, rose, sam, lee, found_town):
    with town.database.begin() as session:
        from models.places import Service

        for service in session.query(Service):
            service.wave_size = 1
    ask_for_an_errand(rose)
    first, second = (sam, lee) if sam.inbox else (lee, sam)
    assert second.inbox == []
    assert "Thank you" in first.text("2")
    assert "errand for Rose" in second.inbox[-1]


def test_a_silent_volunteer_is_not_waited_for(town, rose, sam, lee):
    with town.database.begin() as session:
        from models.places import Service

        for service in session.query(Service):
            service.wave_size = 1
    ask_for_an_errand(rose)
    first, second = (sam, lee) if sam.inbox else (lee, sam)
    town.wait(minutes=11)
    assert "errand for Rose" in second.inbox[-1]
    assert "5 Elm Street" in first.text("ok")  # late, but nobody else had said yes


def test_nobody_left_alarms_the_staff_and_tells_her_the_truth(town, rose, sam, dora):
    ask_for_an_errand(rose)
    sam.text("2")
    assert states(town) == ["stuck"]
    assert [str(alert.kind) for alert in town.alerts] == ["nobody_found"]
    assert "Nobody found for job" in dora.inbox[-1]
    assert "we have not found anybody yet" in rose.inbox[-1]
    assert "5 Elm Street" in sam.text("1")  # second thoughts are welcome while nobody has it
    assert states(town) == ["taken"]
    assert town.alerts == []


def test_nobody_at_all_is_told_at_once(town, rose, dora):
    ask_for_an_errand(rose)
    assert states(town) == ["stuck"]
    assert "Nobody found" in dora.inbox[-1]


def test_given_back_is_offered_again_at_once_but_not_to_whoever_gave_it_back(town, rose, sam, lee):
    ask_for_an_errand(rose)
    sam.text("1")
    before = len(lee.inbox)
    assert "you cannot do job" in sam.text("4")
    assert "errand for Rose" in " ".join(lee.inbox[before:])
    assert "errand for Rose" not in sam.inbox[-1]
    assert "cannot come after all" in rose.inbox[-1]
    lee.text("1")
    assert "Lee comes" in rose.inbox[-1]


def test_a_volunteer_who_vanishes_is_nudged_then_staff_are_told(town, rose, sam, dora):
    ask_for_an_errand(rose)
    sam.text("1")
    town.wait(minutes=61)
    assert "is it done?" in sam.inbox[-1]
    town.wait(minutes=61)
    assert [str(alert.kind) for alert in town.alerts] == ["late"]
    sam.text("3")
    assert town.alerts == []


def test_with_two_offers_open_a_bare_yes_is_asked_which(town, rose, sam):
    anna = town.resident("Anna Berg", ANNA)
    ask_for_an_errand(rose, words="")
    ask_for_an_errand(anna, words="")
    assert "Which one? Text only its number" in sam.text("1")
    codes = [job.code for job in town.jobs]
    assert "Anna" in sam.text(f"1 {codes[1]}")
    assert states(town) == ["offered", "taken"]


def test_after_being_asked_which_the_bare_number_is_enough(town, rose, sam):
    anna = town.resident("Anna Berg", ANNA)
    ask_for_an_errand(rose, words="")
    ask_for_an_errand(anna, words="")
    sam.text("1")
    sam.text(str(town.jobs[0].code))
    assert states(town) == ["taken", "offered"]


def test_a_landline_is_called_and_a_key_accepts(town, rose):
    mei = town.volunteer("Mei Chen", "+861055551001")
    rose.dial()
    rose.press("2")
    rose.press("1")
    rose.press("1")
    rose.silence()
    rose.press("1")
    rose.hang_up()
    assert mei.rings()
    heard = mei.answer()
    assert "Errand for Rose in East" in heard
    assert "For yes, press 1" in heard
    assert "It is yours" in mei.press("1")
    town.wait(minutes=1)
    assert states(town) == ["taken"]
    assert mei.inbox == []
    assert mei.rings()
    assert "5 Elm Street" in mei.answer()


def test_a_resident_with_a_landline_hears_by_call_who_comes(town, sam):
    mei = town.resident("Mei Chen", "+861055551001")
    ask_for_an_errand(mei, words="")
    sam.text("1")
    assert mei.rings()
    heard = mei.answer()
    assert "Sam comes for your errand" in heard
    mei.press("1")
    town.wait(minutes=1)
    calls = town.rows(Call, direction="outbound")
    assert [str(call.outcome) for call in calls] == ["heard"]


def test_a_machine_that_picks_up_has_heard_nothing(town, sam, dora):
    mei = town.resident("Mei Chen", "+861055551001")
    ask_for_an_errand(mei, words="")
    sam.text("1")
    for _ in range(3):
        if mei.state == "ringing":
            town.exchange.pick_up_by_machine(mei.number)
        town.wait(minutes=31)
    assert "unreached" in [str(alert.kind) for alert in town.alerts]
    assert "Sam" in mei.dial() + mei.press("4")


# --- no dead ends -------------------------------------------------------------------------------------------------


def test_a_hang_up_half_way_orders_nothing_and_leaves_a_callback(town, rose, lunch):
    rose.dial()
    rose.press("2")
    rose.press("1")
    rose.hang_up()
    assert town.requests == []
    assert outcome(town) == ["unfinished"]
    assert [(task.why, task.phone) for task in town.callbacks] == [("unfinished", ROSE)]


def test_silence_leads_to_a_person_and_then_to_a_message(town, rose, dora, lunch):
    rose.dial()
    rose.silence()  # the main menu
    assert "I did not hear a key" in rose.silence()
    assert "calling a person" in rose.silence()
    assert dora.rings()
    town.exchange.decline(DUTY)
    town.settle()
    rose.speak("please call me")
    town.wait(minutes=1)
    assert outcome(town) == ["message"]
    assert [task.why for task in town.callbacks] == ["message"]


def test_wrong_keys_lead_to_a_person(town, rose, dora, lunch):
    rose.dial()
    again = rose.press("7")
    assert "does nothing here" in again
    assert "more slowly, press 8" in again
    assert "calling a person" in rose.press("7")


def test_zero_rings_the_duty_phone_and_connects(town, rose, dora, lunch):
    rose.dial()
    rose.press("0")
    assert dora.rings()
    dora.answer()
    dora.press("1")
    assert dora.state == "talking"
    town.seconds(30)
    dora.hang_up()
    town.seconds(20)
    if rose.state != "idle":
        rose.hang_up()
    assert outcome(town) == ["connected"]
    assert town.callbacks == []


def test_while_the_one_on_duty_speaks_with_another_it_is_said_and_tried_again(town, rose, dora, lunch):
    karl = town.resident("Karl May", KARL)
    karl.dial()
    karl.press("0")
    assert dora.rings()
    dora.answer()
    dora.press("1")
    rose.dial()
    rose.press("0")
    town.seconds(5)
    assert "speaking with somebody else" in rose.heard
    karl.hang_up()
    town.seconds(5)
    assert "calling a person" in rose.silence()
    assert dora.rings()
    dora.answer()
    dora.press("1")
    assert dora.state == "talking"
    dora.hang_up()
    rose.hang_up()
    assert outcome(town) == ["connected", "connected"]
    assert town.callbacks == []


def test_whoever_need_not_wait_is_rung_back(town, rose, dora, lunch):
    karl = town.resident("Karl May", KARL)
    karl.dial()
    karl.press("0")
    assert dora.rings()
    dora.answer()
    dora.press("1")
    rose.dial()
    rose.press("0")
    town.seconds(5)
    assert "We will ring you back" in rose.press("1")
    anna = town.telephone(ANNA)
    anna.dial()
    anna.press("0")
    town.seconds(5)
    assert "speaking with somebody else" in anna.heard
    anna.hang_up()
    mia = town.telephone(MIA)
    mia.dial()
    mia.press("0")
    for _ in range(3):
        town.seconds(5)
        mia.silence()
    town.seconds(5)
    assert mia.heard.count("speaking with somebody else") == 3, "it is tried three times, not for ever"
    assert "Leave a message" in mia.heard
    mia.hang_up()
    assert sorted(task.phone for task in town.callbacks) == sorted([ROSE, ANNA, MIA])


def test_whoever_has_ordered_and_was_told_that_she_is_rung_back_is(town, rose, dora, lunch):
    rose.dial()
    rose.press("1")
    rose.press("0")
    assert dora.rings()
    town.seconds(30)
    assert "we ring you back" in rose.heard
    rose.hang_up()
    assert outcome(town) == ["ordered"]
    assert [(task.why, task.phone) for task in town.callbacks] == [("asked_for_person", ROSE)]


def test_outside_opening_hours_zero_is_a_message(town, rose, dora, lunch):
    town.wait(hours=11.5)
    rose.dial()
    heard = rose.press("0")
    assert "The office is closed now" in heard
    assert dora.state == "idle"
    rose.hang_up()
    assert [task.phone for task in town.callbacks] == [ROSE]


def test_an_unknown_caller_reaches_a_person_and_learns_nothing(town, rose, dora, lunch):
    heard = town.telephone(MIA).dial()
    assert "We do not know this telephone yet" in heard
    assert "Tomato" not in heard
    town.telephone(MIA).silence()
    assert dora.rings()


@pytest.mark.parametrize("written", [None, "unknown", "12", "+999999999999999999", "sip:x@y", "你好"])
def test_a_withheld_or_absurd_number_is_a_caller_like_any_other(town, dora, written):
    telephone = town.telephone(MIA)
    heard = telephone.dial(withheld=written is None, from_text=written)
    assert "We do not know this telephone yet" in heard
    telephone.hang_up()
    assert outcome(town) == ["unfinished"]


def test_two_people_behind_one_number_are_asked_who_is_calling(town, lunch):
    town.resident("Karl May", KARL)
    phone = town.resident("Anna May", KARL)
    heard = phone.dial()
    assert "For Karl, press 1. For Anna, press 2" in heard
    assert "Tomato soup. To order" in phone.press("2")
    phone.press("1")
    phone.hang_up()
    anna = town.rows(Resident, name="Anna May")[0]
    assert [request.resident_id for request in town.requests] == [anna.id]


def test_nine_says_it_again_and_star_goes_back(town, rose, lunch):
    rose.dial()
    first = rose.press("2")
    assert rose.press("9") == first
    assert "Tomato soup. To order" in rose.press("*")


def test_a_caller_who_was_never_enrolled_is_enrolled_by_her_own_order(town, lunch):
    anna = town.resident("Anna Berg", ANNA, enrolled=False)
    anna.dial()
    anna.press("1")
    anna.hang_up()
    assert str(town.rows(Resident)[0].consent) == "own_call"


# --- texts --------------------------------------------------------------------------------------------------------


def test_a_resident_orders_her_usual_by_text(town, rose, lunch):
    assert "Ordered: Tomato soup" in rose.text("1")
    assert "1 keep" in rose.text("3")
    assert "Call off" in rose.text("3")
    assert "Called off" in rose.text("1")
    assert states(town) == ["cancelled"]


@pytest.mark.parametrize("words", ["Lunch", "lunch please.", "１", "1.", " one ", "order lunch!", "午饭"])
def test_words_mean_the_usual(town, rose, lunch, words):
    assert "Ordered" in rose.text(words)


def test_an_errand_by_text(town, rose, sam):
    assert "1 errand" in rose.text("2")
    assert "as soon as possible" in rose.text("1")
    assert "What is needed?" in rose.text("1")
    assert "We are looking for somebody" in rose.text("Milk, 2 litres, and bread")
    assert town.requests[0].note == "Milk, 2 litres, and bread"
    assert "Milk, 2 litres, and bread" in sam.text("1")


def test_what_is_not_understood_goes_to_staff_once_and_is_never_guessed(town, rose, lunch):
    assert "A person will read this" in rose.text("my cat is ill")
    assert rose.text("are you there") == ""
    assert town.requests == []
    unread = [m.body for m in town.rows(Message, direction="inbound") if m.needs_reading]
    assert unread == ["my cat is ill", "are you there"]


def test_thanks_is_not_a_request(town, rose, lunch):
    rose.text("1")
    assert rose.text("Thank you!") == ""
    assert len(town.requests) == 1
    assert not [m for m in town.rows(Message, direction="inbound") if m.needs_reading]


def test_a_couple_by_text_is_asked_who_and_then_it_is_done(town, lunch):
    town.resident("Karl May", KARL)
    phone = town.resident("Anna May", KARL)
    assert "1 Karl, 2 Anna" in phone.text("1")
    assert "Ordered: Tomato soup" in phone.text("2")
    anna = town.rows(Resident, name="Anna May")[0]
    assert [request.resident_id for request in town.requests] == [anna.id]


def test_an_unknown_sender_is_answered_once_a_day_and_somebody_rings(town, rose):
    stranger = town.telephone(MIA)
    assert "do not know this number" in stranger.text("1")
    assert stranger.text("hello?") == ""
    assert [task.phone for task in town.callbacks] == [MIA]


def test_a_resident_who_texts_cancel_is_not_lost(town, rose, dora, lunch):
    rose.text("1")
    rose.text("CANCEL")
    assert [str(alert.kind) for alert in town.alerts] == ["opted_out"]
    assert "has stopped our texts" in dora.inbox[-1]
    assert states(town) == ["pooled"]
    rose.text("START")
    assert town.alerts == []
    assert "You will get our texts again" in rose.inbox[-1]


def test_a_volunteer_who_stops_gets_nothing_more_and_her_job_goes_on(town, rose, sam, lee):
    ask_for_an_errand(rose)
    sam.text("1")
    sam.text("STOP")
    before = len(sam.inbox)
    assert "errand for Rose" in lee.inbox[-1]
    lee.text("1")
    town.wait(minutes=5)
    assert len(sam.inbox) == before


# --- quiet hours and the right people -----------------------------------------------------------------------------


def test_nobody_is_texted_at_night(town, rose, sam):
    town.wait(hours=13)  # ten in the evening
    rose.dial()
    rose.press("2")
    rose.press("2")  # a ride
    rose.press("2")  # tomorrow morning
    rose.silence()
    rose.press("1")
    rose.hang_up()
    anna = town.resident("Anna Berg", ANNA)
    anna.dial()
    anna.press("2")
    anna.press("1")
    anna.press("3")
    anna.silence()
    anna.press("1")
    anna.hang_up()
    town.wait(hours=1)
    assert sam.inbox == []
    town.wait(hours=9)
    assert "errand for Anna" in " ".join(sam.inbox)


def test_only_those_who_do_this_here_and_today_are_asked(town, rose):
    zone = town.volunteer("Zoe", MIA, zones=(1,))
    service = town.volunteer("Sue", LEE, services=("ride",))
    day = town.volunteer("Dan", ANNA, days=("sun",))
    right = town.volunteer("Ray", SAM, days=("mon",))
    ask_for_an_errand(rose)
    assert right.inbox
    assert [zone.inbox, service.inbox, day.inbox] == [[], [], []]


def test_a_familiar_face_is_asked_first(town, rose, sam, lee):
    with town.database.begin() as session:
        from models.places import Service

        for service in session.query(Service):
            service.wave_size = 1
    ask_for_an_errand(rose)
    first, other = (sam, lee) if sam.inbox else (lee, sam)
    first.text("2")
    other.text("1")
    other.text("3")
    before = len(first.inbox)
    ask_for_an_errand(rose)
    assert "errand for Rose" in other.inbox[-1]
    assert len(first.inbox) == before


def test_an_imported_but_never_enrolled_person_is_neither_called_nor_texted(town, sam):
    anna = town.resident("Anna Berg", ANNA, enrolled=False)
    from dispatch.asking import place_help, soon
    from models.places import Community, Service

    with town.database.begin() as session:
        community = session.get(Community, town.community_id)
        start, end = soon(community, town.now)
        resident = session.query(Resident).one()
        service = session.query(Service).filter_by(code="errand").one()
        place_help(session, resident, service, wanted_from=start, wanted_until=end, source="staff", who="staff 1",
                   now=town.now)  # fmt: skip
    town.settle()
    sam.text("1")
    assert anna.inbox == []
    kept = [m for m in town.rows(Message) if m.resident_id]
    assert [(m.state, m.error_code) for m in kept] == [("cancelled", "not_enrolled")]


# --- found by people who tried to break it ------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["OK", "yes", "YES", "好的", "对"])
def test_an_answer_to_no_question_orders_nothing(town, rose, lunch, words):
    rose.text(words)
    assert town.requests == []
    assert [m.needs_reading for m in town.rows(Message, direction="inbound")] == [True]


def test_ok_after_she_was_asked_orders(town, rose, lunch):
    assert "Text 1 to order" in rose.text("hello")
    assert "Ordered" in rose.text("ok")


@pytest.mark.parametrize("word", ["STOP", "CANCEL", "END", "QUIT", "START", "UNSTOP", "YES", "HELP", "INFO"])
def test_from_a_resident_every_word_that_carriers_take_is_read_by_a_person(town, rose, lunch, word):
    rose.text(word)
    assert [m.needs_reading for m in town.rows(Message, direction="inbound")] == [True]


def test_help_from_a_telephone_that_cannot_be_texted_is_answered_by_a_call(town, rose):
    """Some landlines send texts by a service of their network, and can show none."""
    rose.dial()
    rose.hang_up()
    with town.database.begin() as session:
        session.scalars(select(Phone).where(Phone.number == ROSE)).one().cannot_text_since = town.now
    rose.text("HELP")
    rose.rings()
    rose.answer()
    assert "We will ring you back at" in rose.heard


def test_yes_from_a_volunteer_is_yes(town, rose, sam):
    ask_for_an_errand(rose)
    assert "5 Elm Street" in sam.text("YES")


def test_a_call_whose_end_is_never_reported_ends_by_itself(town, rose, lunch):
    town.exchange.faults.set({"callbacks_lost_share": 1.0})
    rose.dial()
    rose.hang_up()
    assert outcome(town) == ["None"]
    town.wait(minutes=16)
    assert outcome(town) == ["unfinished"]
    assert [task.phone for task in town.callbacks] == [ROSE]


def test_a_withheld_caller_who_hangs_up_is_still_a_task(town, rose):
    stranger = town.telephone(MIA)
    stranger.dial(withheld=True)
    stranger.hang_up()
    assert [(task.phone, task.why) for task in town.callbacks] == [(None, "unfinished")]


def test_a_key_pressed_for_something_that_is_gone_does_nothing_else(town, rose, lunch):
    rose.text("1")
    rose.dial()
    rose.press("3")
    rose.press("3")  # "to call it off, press 1"
    rose.text("3")
    rose.text("3")
    rose.text("1")  # meanwhile it was called off by text
    heard = rose.press("1")
    assert heard.startswith("That has just changed")
    assert states(town) == ["cancelled"]
    assert len(town.requests) == 1


def test_star_goes_back_step_by_step(town, rose, lunch):
    rose.dial()
    rose.press("2")
    rose.press("1")
    assert "This is not the emergency number" in rose.press("*")
    assert "Tomato soup. To order" in rose.press("*")


def test_moving_away_next_month_is_not_being_gone_today(town, rose, lunch):
    from datetime import timedelta

    from models.people import Absence, AbsenceKind

    with town.database.begin() as session:
        session.add(Absence(resident_id=1, kind=AbsenceKind.MOVED, from_date=town.now.date() + timedelta(days=30)))
    assert "Hello Rose" in rose.dial()


def test_an_answer_to_a_landline_is_rung_not_texted(town, lunch):
    mei = town.resident("Mei Chen", "+861055551001")
    write(town, "1", number=mei.number)
    town.settle()
    assert mei.inbox == []
    assert mei.rings()
    assert "Ordered: Tomato soup" in mei.answer()


def test_a_text_that_breaks_us_is_kept_for_a_person(town, rose, lunch, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken_house:
        broken_house.setattr("voice.resident_texts.step", broken)
        rose.text("1")
    kept = town.rows(Message, direction="inbound")
    assert [(m.body, m.needs_reading) for m in kept] == [("1", True)]
    assert [task.why for task in town.callbacks] == ["our_fault"]


def test_a_late_key_counts_and_nobody_rings_back(town, rose, lunch):

    ring(town)
    post(
        town,
        "/voice/status",
        {"CallSid": CALL, "AccountSid": ACCOUNT, "From": ROSE, "To": LINE, "CallStatus": "completed"},
    )
    assert len(town.callbacks) == 1
    key(town, 1, "1")
    assert outcome(town) == ["ordered"]
    assert town.callbacks == []
    assert states(town) == ["pooled"]
