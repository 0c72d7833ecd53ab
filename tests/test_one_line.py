"""One line while somebody is on the phone: what it means, and that only what was shown is done."""

import re
from datetime import date, time

import pytest
import sqlalchemy as sa
from board_town import build_town

from dispatch import taking
from dispatch.offered import Offered
from dispatch.oneline import Wanted, said_in, ways_to_begin
from dispatch.truth import is_still_true
from models.kitchens import KitchenCount
from models.lifecycle import State
from models.people import Absence, Resident, Volunteer
from models.requests import HelpRequest
from models.traffic import Call, Delivery, Direction, Message
from voice.pieces import pieces_of

MONDAY = date(2026, 11, 23)
DISHES = ("冬瓜排骨汤", "Kung Pao", "Tomato soup")
OFFERED = Offered(DISHES, {"Errand": 1, "跑腿": 1, "Ride": 2, "接送": 2}, {"Lunch": "lunch", "午餐": "lunch"})
SOUP, PORK_SOUP = "Tomato soup", "冬瓜排骨汤"


def read(line, language="en"):
    """Whom the line begins with at the longest, and what the rest says."""
    who, rest = next(iter(ways_to_begin(pieces_of(line, language, MONDAY, OFFERED))), ("", []))
    said = said_in(rest, DISHES, MONDAY)
    told = {
        name: value
        for name, value in vars(said).items()
        if value not in (None, "", False) and name not in ("wanted", "is_plain_note")
    }
    return who, said.wanted, told


def day(number):
    return date(2026, 11, number)


@pytest.mark.parametrize(
    ("line", "who", "wanted", "told"),
    [
        ("rosa", "rosa", Wanted.PERSON, {}),
        ("Rosa Miller", "Rosa Miller", Wanted.PERSON, {}),
        ("Rosa 2 soup fri no salt", "Rosa", Wanted.MEAL, {"day": day(27), "count": 2, "dish": SOUP, "note": "no salt"}),
        ("Rosa 2x soup", "Rosa", Wanted.MEAL, {"count": 2, "dish": SOUP}),
        ("Rosa soup no salt fri", "Rosa", Wanted.MEAL, {"dish": SOUP, "note": "no salt", "day": day(27)}),
        ("rosa kung", "rosa", Wanted.MEAL, {"dish": "Kung Pao"}),
        ("rosa dish 2", "rosa", Wanted.MEAL, {"dish_key": "2"}),
        ("rosa usual tomorrow", "rosa", Wanted.MEAL, {"day": day(24)}),
        ("rosa lunch", "rosa", Wanted.MEAL, {"meal": "lunch"}),
        ("rosa lunch without Onions for Ann", "rosa", Wanted.MEAL, {"meal": "lunch", "note": "without Onions for Ann"}),
        ("rosa soup 12 dec", "rosa", Wanted.MEAL, {"dish": SOUP, "day": date(2026, 12, 12)}),
        ("1004 2 soup", "1004", Wanted.MEAL, {"count": 2, "dish": SOUP}),
        ("010 5555 1004 lunch", "010 5555 1004", Wanted.MEAL, {"meal": "lunch"}),
        ("+86 170 0000 2001 soup", "+86 170 0000 2001", Wanted.MEAL, {"dish": SOUP}),
        ("8-2-401 soup", "8-2-401", Wanted.MEAL, {"dish": SOUP}),
        ("May soup", "May", Wanted.MEAL, {"dish": SOUP}),
        ("rosa no lunch fri", "rosa", Wanted.OFF, {"meal": "lunch", "day": day(27)}),
        ("rosa off tomorrow", "rosa", Wanted.OFF, {"day": day(24)}),
        ("rosa no soup", "rosa", Wanted.OFF, {"dish": SOUP}),
        ("rosa away", "rosa", Wanted.AWAY, {"day": MONDAY}),
        ("rosa away fri", "rosa", Wanted.AWAY, {"day": day(27), "until": day(27)}),
        ("rosa away until fri", "rosa", Wanted.AWAY, {"day": MONDAY, "until": day(27)}),
        ("rosa away 3 days", "rosa", Wanted.AWAY, {"day": MONDAY, "until": day(25)}),
        ("rosa back", "rosa", Wanted.BACK, {}),
        ("rosa away until monday", "rosa", Wanted.AWAY, {"day": MONDAY, "until": day(30)}),
        ("rosa 2 xyz tomorrow less salt", "rosa", Wanted.MEAL, {"count": 2, "day": day(24), "note": "xyz less salt"}),
        ("rosa lunch and dinner tomorrow", "rosa", Wanted.MEAL, {"meal": "lunch", "day": day(24), "note": "dinner", "is_double": True}),
        ("rosa errand Milk and 2 Breads", "rosa", Wanted.HELP, {"service_id": 1, "note": "Milk and 2 Breads"}),
        ("rosa errand milk 250 g tomorrow", "rosa", Wanted.HELP,
         {"service_id": 1, "note": "milk 250 g", "day": day(24)}),
        ("rosa ride friday morning to Dr. Meier's", "rosa", Wanted.HELP,
         {"service_id": 2, "day": day(27), "half": "morning", "note": "to Dr. Meier's"}),
        ("李建国 2 汤 周五 少盐", "李建国", Wanted.MEAL, {"dish": PORK_SOUP, "count": 2, "day": day(27), "note": "少盐"}),
        ("李建国2份汤周五少盐", "李建国", Wanted.MEAL, {"dish": PORK_SOUP, "count": 2, "day": day(27), "note": "少盐"}),
        ("高慧敏 明天不要午饭", "高慧敏", Wanted.OFF, {"meal": "lunch", "day": day(24)}),
        ("高慧敏 不在 到周五", "高慧敏", Wanted.AWAY, {"day": MONDAY, "until": day(27)}),
        ("高慧敏 跑腿 买牛奶", "高慧敏", Wanted.HELP, {"service_id": 1, "note": "买牛奶"}),
        ("rosa 明天 汤", "rosa", Wanted.MEAL, {"day": day(24), "dish": PORK_SOUP}),
        ("rosa 2 pork tomorrow", "rosa", Wanted.MEAL, {"count": 2, "day": day(24), "dish": PORK_SOUP}),
        ("rosa 1 ribs", "rosa", Wanted.MEAL, {"count": 1, "dish": PORK_SOUP}),
        ("高慧敏 1 西红柿", "高慧敏", Wanted.MEAL, {"count": 1, "dish": SOUP}),
        ("rosa 1 sopa", "rosa", Wanted.MEAL, {"count": 1, "note": "sopa"}),
        ("rosa 1 no ribs", "rosa", Wanted.MEAL, {"count": 1, "note": "no ribs"}),
        ("rosa away until 6.12.", "rosa", Wanted.AWAY, {"day": MONDAY, "until": date(2026, 12, 6)}),
        ("rosa lunch 27.11", "rosa", Wanted.MEAL, {"meal": "lunch", "note": "27.11"}),
        ("rosa lunch 31.11.", "rosa", Wanted.MEAL, {"meal": "lunch", "note": "31.11."}),
        ("rosa lunch 27.11.", "rosa", Wanted.MEAL, {"meal": "lunch", "day": day(27)}),
        ("周金花 接送 后天 15:00 医院", "周金花", Wanted.HELP,
         {"service_id": 2, "day": day(25), "at": time(15), "note": "医院"}),
        ("周金花 接送 下午3点半 医院", "周金花", Wanted.HELP, {"service_id": 2, "at": time(15, 30), "note": "医院"}),
        ("周金花 接送 明天上午九点一刻", "周金花", Wanted.HELP, {"service_id": 2, "day": day(24), "at": time(9, 15)}),
        ("rosa ride thursday 3 pm", "rosa", Wanted.HELP, {"service_id": 2, "day": day(26), "at": time(15)}),
        ("rosa ride at 9:30 am to the clinic", "rosa", Wanted.HELP,
         {"service_id": 2, "at": time(9, 30), "note": "to the clinic"}),
        ("rosa errand milk 3", "rosa", Wanted.HELP, {"service_id": 1, "note": "milk 3"}),
        ("rosa lunch 12:15", "rosa", Wanted.MEAL, {"meal": "lunch", "note": "12:15"}),
        ("李建国 住院 到十二月六号", "李建国", Wanted.AWAY,
         {"day": MONDAY, "until": date(2026, 12, 6), "is_in_hospital": True}),
        ("李建国 12月6日前住院", "李建国", Wanted.AWAY,
         {"day": MONDAY, "until": date(2026, 12, 6), "is_in_hospital": True}),
        ("rosa in hospital until fri", "rosa", Wanted.AWAY, {"day": MONDAY, "until": day(27), "is_in_hospital": True}),
        ("西里8号楼 明天 午饭", "西里8号楼", Wanted.MEAL, {"day": day(24), "meal": "lunch"}),
        ("李建国 2 明天 不放盐", "李建国", Wanted.MEAL,
         {"count": 2, "day": day(24), "note": "不放盐"}),
        ("李建国 2 少盐 软一点", "李建国", Wanted.MEAL, {"count": 2, "note": "少盐软一点"}),
        ("", "", Wanted.PERSON, {}),
    ],
)  # fmt: skip
def test_a_line_says_who_and_what(line, who, wanted, told):
    assert read(line) == (who, wanted, told)


@pytest.mark.parametrize(
    ("line", "is_certain"),
    [
        ("rosa 2 no salt", True),
        ("李建国 2 明天 不放盐", True),
        ("李建国 2 少盐", True),
        ("rosa 2 xyz", False),
        ("rosa 2 xyz no salt", False),
        ("李建国 2 两样菜", False),
        ("rosa 2 kung xyz", True),
        ("rosa errand xyz", True),
    ],
)
def test_words_beside_a_meal_are_certain_only_when_they_are_plainly_a_note(line, is_certain):
    _, rest = next(iter(ways_to_begin(pieces_of(line, "en", MONDAY, OFFERED))))
    assert said_in(rest, DISHES, MONDAY).is_certain is is_certain


@pytest.fixture
def town(tmp_path):
    """The board's town."""
    return build_town(tmp_path)


@pytest.fixture
def dai(town):
    """A dispatcher at her browser."""
    return town.browser("Dai Fen")


def shown(page):
    """What Enter would do, as the page has it."""
    return (re.search(r'name="shown" value="([^"]+)"', page) or [None, ""])[1]


def enter(browser, line, **more):
    """Type the line, see what it comes to, press Enter."""
    browser.see("/")
    part = browser.client.get("/enter/people", query_string={"q": line}).text
    return browser.press("/enter/line", q=line, shown=shown(part), key=line, **more)


def orders(town):
    with town.database.read() as session:
        return [(one.resident.given_name, one.dish and one.dish.name, one.portions, one.state, one.note)
                for one in session.scalars(sa.select(HelpRequest))]  # fmt: skip


def test_a_meal_is_entered_by_one_line_and_taken_back_by_one_press(town, dai):
    page = enter(dai, "rose 2 kung pao less oil")
    assert "Kung Pao × 2 (less oil) for Rose Miller is entered" in page
    assert orders(town) == [("Rose", "Kung Pao", 2, State.POOLED, "less oil")]
    undo = re.search(r'action="(/requests/\d+/take-back)"', page)[1]
    assert "Taken back" in dai.press(undo, next="/")
    assert [state for *_, state, _ in orders(town)] == [State.CANCELLED]


def test_what_somebody_is_on_the_way_with_is_not_taken_back(town, dai):
    page = enter(dai, "rose errand milk")
    with town.database.begin() as session:
        errand = session.scalars(sa.select(HelpRequest)).one()
        taking.assign(session, errand.job, session.get_one(Volunteer, town.ids["sam"]), who="staff 1", now=town.now)
    undo = re.search(r'action="(/requests/\d+/take-back)"', page)[1]
    assert "Somebody was faster" in dai.press(undo, 409)
    assert [state for *_, state, _ in orders(town)] == [State.TAKEN]


def test_what_the_kitchen_must_heed_is_counted_and_stands_on_the_label(town, dai):
    enter(dai, "rose 汤 tomorrow no salt")
    with town.database.read() as session:
        menu = session.scalars(sa.select(HelpRequest)).one().menu_id
    dai.press(f"/meals/{menu}/close")
    assert "no peanuts; no salt" in dai.see(f"/meals/{menu}")
    assert "no peanuts; no salt" in dai.see(f"/meals/{menu}/labels")
    with town.database.read() as session:
        told = [line for count in session.scalars(sa.select(KitchenCount)) for line in count.counted]
    assert [(line.diet, line.portions) for line in told] in ([], [("no peanuts; no salt", 1)])


def test_a_line_that_was_not_shown_yet_is_shown_and_not_done(town, dai):
    dai.see("/")
    page = dai.press("/enter/line", q="rose 2 kung pao", key="one")
    assert orders(town) == []
    assert shown(page)
    assert "Kung Pao" in page
    assert "may not suit" in page
    dai.press("/enter/line", q="rose 2 kung pao", shown=shown(page), key="one")
    assert len(orders(town)) == 1


def test_what_changed_since_it_was_shown_is_shown_anew(town, dai):
    part = dai.see("/enter/people?q=rose+kung")
    town.lunch("rose", "2")
    dai.see("/")
    page = dai.press("/enter/line", q="rose kung", shown=shown(part), key="one")
    assert "has ordered from this menu already" in page
    assert len(orders(town)) == 1


def test_enter_twice_orders_once(town, dai):
    part = dai.see("/enter/people?q=rose+kung")
    dai.see("/")
    dai.press("/enter/line", q="rose kung", shown=shown(part), key="same")
    dai.press("/enter/line", q="rose kung", shown=shown(part), key="same")
    assert len(orders(town)) == 1


def test_a_name_alone_leads_to_her_usual(town, dai):
    dai.see("/")
    page = dai.press("/enter/line", q="rose", key="one")
    assert "Her usual" in page or "usual" in page
    assert orders(town) == []


def test_of_several_who_fit_one_is_chosen(town, dai):
    with town.database.begin() as session:
        rose = session.get_one(Resident, town.ids["rose"])
        session.add(Resident(community_id=rose.community_id, name="Rose Baker", language="en", zone_id=rose.zone_id))
    page = dai.see("/enter/people?q=rose+kung")
    assert not shown(page)
    choices = re.findall(r'name="choose" value="([^"]+)"', page)
    assert len(choices) == 2
    hers = next(one for one in choices if one.startswith(f"{town.ids['rose']}."))
    dai.see("/")
    assert orders(town) == []
    dai.press("/enter/line", q="rose kung", choose=hers, key="one")
    assert [who for who, *_ in orders(town)] == ["Rose"]


def test_calling_off_and_opening_again(town, dai):
    town.lunch("rose")
    page = enter(dai, "rose no lunch today")
    assert "is called off" in page
    assert [state for *_, state, _ in orders(town)] == [State.CANCELLED]


def _undo(town, dai, page):
    dai.press(re.search(r'action="(/requests/\d+/order-again)"', page)[1], next="/")
    with town.database.read() as session:
        return [(row.cause, row.state) for row in session.scalars(sa.select(Message).order_by(Message.id))]


def test_whoever_undoes_at_once_has_told_nobody_and_later_tells_that_it_comes(town, dai):
    town.lunch("rose")
    assert _undo(town, dai, enter(dai, "rose no lunch today")) == [("cancelled_for_you", Delivery.CANCELLED)]
    page = enter(dai, "rose no lunch today")
    with town.database.begin() as session:
        last = session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
        assert (last.due_at - town.now).seconds == 30, "a slip is taken back within that"
        last.state = Delivery.SENT
    assert _undo(town, dai, page)[1:] == [("cancelled_for_you", Delivery.SENT), ("comes_after_all", Delivery.QUEUED)]


def test_away_until_a_day_and_taken_back_with_what_it_had_called_off(town, dai):
    town.lunch("rose")
    page = enter(dai, "rose away until wed")
    assert "Rose Miller: Away from Mon, Nov 23 to Wed, Nov 25" in page
    assert [state for *_, state, _ in orders(town)] == [State.CANCELLED]
    with town.database.read() as session:
        away = session.scalars(sa.select(Absence)).one()
        assert (away.from_date, away.until_date) == (MONDAY, day(25))
        path = f"/residents/{town.ids['rose']}/absences/{away.id}/end"
    dai.press(path, mistake="1")
    assert orders(town)[-1][3] is State.POOLED, "her lunch is ordered again"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("rose soup sunday", "No menu that can still be ordered"),
        ("rose lunch 0", "No portions"),
        ("rose off", "has ordered nothing like that"),
        ("rose back", "She is not away"),
        ("rose 9 dish 7", "Not on that menu"),
    ],
)
def test_what_cannot_be_done_says_why(town, dai, line, sentence):
    page = enter(dai, line)
    assert sentence in page
    assert orders(town) == []


def test_what_is_not_understood_is_never_done_by_enter_alone(town, dai):
    for line in ("rose 2 xyz tomorrow", "rose away until sometime", "rose off xyz"):
        part = dai.client.get("/enter/people", query_string={"q": line}).text
        assert not shown(part), line
    assert "Not every word is understood" in dai.see("/enter/people?q=rose+2+xyz+tomorrow")


def test_what_was_said_beside_a_name_alone_is_not_lost(dai):
    dai.see("/")
    page = dai.press("/enter/line", q="rose buy milk and bread", key="one")
    assert "buy milk and bread</textarea>" in page
    assert 'class="main big" autofocus' not in page


def test_what_was_called_off_by_mistake_waits_again_for_its_cut_off_and_nobody_hears_of_it(town, dai):
    town.lunch("rose")
    page = enter(dai, "rose no lunch today")
    dai.press(re.search(r'action="(/requests/\d+/order-again)"', page)[1], open="1")
    assert [state for *_, state, _ in orders(town)] == [State.CANCELLED, State.POOLED]
    with town.database.read() as session:
        told = session.scalars(sa.select(Message).where(Message.cause == "cancelled_for_you")).one()
        assert not is_still_true(session, told, now=town.now)


def test_nobody_found_offers_a_new_resident(dai):
    page = dai.see("/enter/people?q=Zacharias+soup")
    assert "Zacharias" in page
    assert "/residents/new" in page


def test_an_auditor_sees_no_line_and_enters_nothing(town):
    auditor = town.browser("Ai Ding")
    assert 'name="q"' not in auditor.see("/")
    auditor.press("/enter/line", 403, q="rose kung")


def ring(town, phone, *, is_taken=False):
    """Somebody has pressed 0 and is put through, or already speaks with one of us."""
    picks = {"has_spoken": True} if is_taken else {}
    with town.database.begin() as session:
        session.add(
            Call(
                community_id=town.ids["community"],
                direction=Direction.INBOUND,
                phone=phone,
                state=Delivery.LIVE,
                made_at=town.now,
                started_at=town.now,
                talk={"place": "person", "picks": picks},
            )
        )


def test_whoever_is_on_the_phone_is_offered_first(town, dai):
    ring(town, "+861055551004", is_taken=True)
    ring(town, "+8617000002001")
    for page in (dai.see("/"), dai.see("/enter")):
        assert page.index("高慧敏") < page.index("Rose Miller")
        assert "speaks with one of us" in page
        assert "is being put through" in page
        assert f"/enter?resident={town.ids['gao']}" in page
    ring(town, "+8617000001234")
    ring(town, "anonymous")
    page = dai.see("/enter")
    assert "170 0000 1234" in page
    assert "withheld" in page
    with town.database.begin() as session:
        for call in session.scalars(sa.select(Call)):
            call.state = Delivery.ENDED
    assert "On the telephone now" not in dai.see("/enter")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("gaohuimin 2 kung", "高慧敏"),
        ("ghm 2 kung", "高慧敏"),
        ("rsoe kung", "Rose Miller"),
        ("朱世杰汤", "朱世杰"),
        ("东里8号楼 kung", "高慧敏"),
        ("Ann kung", "Rose Miller"),
    ],
)
def test_she_is_found_as_people_write(dai, line, name):
    page = dai.see(f"/enter/people?q={line}")
    assert name in page
    assert "found-what" in page
