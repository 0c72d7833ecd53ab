"""Lists come in as offices keep them: all of one or nothing, every mistake named, nobody called or texted."""

import re
import struct
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from list_office import LISTS, NOW, Office, workbook

from dispatch.lists import words
from dispatch.lists.importing import KINDS
from dispatch.ordering import place_meal
from models.kitchens import ClosingDay, Kitchen
from models.menus import Dish, Menu, StandingOrder
from models.people import Absence, Consent, Contact, Resident, Volunteer
from models.places import Meal, Service, Zone
from models.requests import HelpRequest, Source
from models.traffic import Call, Message
from voice import prompts

VOLUNTEERS: list[list[Any]] = [
    ["name", "phone", "language", "zones", "services", "days", "max_per_day"],
    ["许金凤", "010-55558301", "yue", "南坊;北坊", "errand;ride", "sat;sun", 2],
    ["方宝贵", 17000008302, "普通话", "井巷", "跑腿；探访", None, None],
    ["唐玉莲", 17000008303.0, "English", "南坊、井巷", "meal", "周一三五", 1.0],
    [None, None, None, None, None, None, None],
]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def residents(*rows: str, head: str = "name,phone,language,zone,address,diet") -> str:
    return "\n".join([head, *rows])


def told(outcome: Any, language: str = "en") -> list[str]:
    return [fault.told(language) for fault in outcome.faults]


def test_a_list_as_the_office_keeps_it_is_read_as_it_is(office: Office):
    outcome = office.take_in("residents", LISTS / "residents-gb18030.csv")
    assert told(outcome) == []
    assert (outcome.new, outcome.changed, outcome.unchanged) == (8, 0, 0)
    people = {person.name: person for person in office.all(Resident)}
    assert [person.phone for person in people.values()] == [
        "+861055558101",
        "+861055558101",
        "+8617000008102",
        "+8617000008103",
        "+8617000008104",
        "+861055558105",
        "+8617000008106",
        "+8617000008107",
    ]
    shen, fang, xu = people["沈桂芳"], people["方宝贵"], people["许金凤"]
    assert (shen.zone.name, shen.address, shen.door_note) == ("北坊", "北坊1号楼1单元101", "请先打电话")
    assert (fang.door_note, fang.diet, fang.language) == ("耳背,请大声敲门", "糖尿病", "zh-CN")
    assert xu.language == "yue"
    assert people["何长林"].diet == "海鲜过敏;花生过敏"
    assert [(contact.name, contact.phone) for contact in xu.contacts] == [("女儿 许敏", "+8617000008904")]


def test_importing_contacts_nobody_and_enrols_nobody(office: Office):
    outcome = office.take_in("residents", LISTS / "residents-gb18030.csv")
    assert outcome.not_enrolled == 8
    assert {person.enrolled_at for person in office.all(Resident)} == {None}
    assert office.all(Message) == office.all(Call) == []


def test_enrolled_records_consent_on_paper_and_contacts_nobody(office: Office):
    office.take_in("residents", LISTS / "residents-gb18030.csv")
    later = NOW + timedelta(days=1)
    outcome = office.take_in("residents", LISTS / "residents-gb18030.csv", enrolled=True, now=later)
    assert (outcome.changed, outcome.enrolled, outcome.not_enrolled) == (8, 8, 0)
    assert {(person.consent, person.enrolled_at) for person in office.all(Resident)} == {(Consent.PAPER, later)}
    assert office.all(Message) == office.all(Call) == []


def test_the_same_list_twice_doubles_nothing(office: Office):
    for kind, content, count in [
        ("residents", (LISTS / "residents-gb18030.csv").read_bytes(), 8),
        ("volunteers", workbook(VOLUNTEERS), 3),
        ("menu", (LISTS / "menu.csv").read_bytes(), 4),
        ("standing-orders", (LISTS / "standing-orders.csv").read_bytes(), 3),
    ]:
        first = office.take_in(kind, content)
        assert told(first) == []
        assert (first.new, first.changed, first.unchanged) == (count, 0, 0)
        again = office.take_in(kind, content)
        assert (again.new, again.changed, again.unchanged) == (0, 0, count)
    assert len(office.all(Contact)) == 3


def test_the_list_with_mistakes_is_refused_whole_and_every_mistake_is_named(office: Office):
    outcome = office.take_in("residents", LISTS / "residents-with-mistakes.csv", enrolled=True)
    assert told(outcome) == [
        "line 3, 电话: “没有电话” is no telephone number",
        "line 4, 姓名: is empty, and is needed",
        "line 5, 电话: “1390013900” is no telephone number",
        "line 6, 片区: there is no zone “无此片区” (--create-zones makes it)",
        "line 7, 联系人电话: “不知道” is no telephone number",
        "line 8, 姓名: is the same as on line 2",
    ]
    assert told(outcome, "zh-CN")[1] == "第4行，姓名：是空的，必须填写"
    assert outcome.told("en") == ["Nothing was stored. Mistakes to be put right: 6."]
    assert office.all(Resident) == office.all(Contact) == []


def test_unknown_zones_are_made_only_when_asked_for(office: Office):
    text = residents("何长林,010-55558101,,西坊,,", "林秀英,010-55558101,, 西 坊,,")
    assert len(office.take_in("residents", text).faults) == 2
    tried = office.take_in("residents", text, create_zones=True, dry_run=True)
    assert (tried.new, tried.zones) == (2, ("西坊",))
    assert "Nothing was stored" in tried.told("en")[0]
    assert len(office.all(Zone)) == 3
    assert office.all(Resident) == []
    office.take_in("residents", text, create_zones=True)
    assert [zone.name for zone in office.all(Zone)] == ["南坊", "北坊", "井巷", "西坊"]
    assert {person.zone.name for person in office.all(Resident)} == {"西坊"}


def test_a_corrected_list_changes_what_differs_and_an_empty_cell_erases_nothing(office: Office):
    office.take_in(
        "residents", residents("何长林,010-55558101,English,南坊,3号楼,花生过敏", "秦德顺,17000008107,,南坊,,")
    )
    outcome = office.take_in(
        "residents", residents("何长林,010 5555 8101,,北坊,4号楼,", "秦德顺,17000008107,zh,南坊,,")
    )
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 1, 1)
    he = office.all(Resident)[0]
    assert (he.zone.name, he.address, he.language, he.diet) == ("北坊", "4号楼", "en", "花生过敏")


def test_contacts_are_corrected_or_added_and_never_removed(office: Office):
    head = "name,phone,zone,contact_name,contact_phone"
    for row, becomes in [
        ("何长林,010-55558101,南坊,女儿 何敏,17000008901", [("女儿 何敏", "+8617000008901")]),
        ("何长林,010-55558101,南坊,女儿 何敏,17000008902", [("女儿 何敏", "+8617000008902")]),
        ("何长林,010-55558101,南坊,何敏,17000008902", [("何敏", "+8617000008902")]),
        ("何长林,010-55558101,南坊,,", [("何敏", "+8617000008902")]),
        ("何长林,010-55558101,南坊,,17000008903", [("何敏", "+8617000008902"), ("联系人", "+8617000008903")]),
    ]:
        assert told(office.take_in("residents", residents(row, head=head))) == []
        assert [(contact.name, contact.phone) for contact in office.all(Contact)] == becomes


def test_a_second_telephone_is_taken_in_where_the_list_has_one(office: Office):
    headings = [
        "other_phone",
        "Second telephone",
        "第二个电话",
        "备用电话",
        "第二個電話",
        "後備電話",
        "Segundo teléfono",
    ]
    for kind, zones, kind_of in (("residents", "zone", Resident), ("volunteers", "zones,services", Volunteer)):
        for at, heading in enumerate(headings):
            head, more = f"name,phone,{zones}", ",errand" if kind_of is Volunteer else ""
            for number in (f"170 0000 810{at}", ""):
                row = f"{head},{heading}\n何长林,010-55558101,南坊{more},{number}\n"
                assert told(office.take_in(kind, row)) == []
                [person] = office.all(kind_of)
                assert (person.phone, person.other_phone) == ("+861055558101", f"+861700000810{at}")
    wrong = office.take_in("residents", "name,phone,zone,other phone\n何长林,010-55558101,南坊,x\n")
    assert told(wrong) == ["line 2, other phone: “x” is no telephone number"]


def test_somebody_who_moved_away_stays_one_person(office: Office):
    office.take_in("residents", residents("何长林,010-55558101,,南坊,,"))
    with office.books() as session:
        session.add(Absence(resident_id=1, kind="moved", from_date=date(2026, 1, 1)))
    assert office.take_in("residents", residents("何长林,010-55558101,,南坊,,")).unchanged == 1


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode("utf-8"), id="utf-8"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="utf-8 with mark"),
        pytest.param(lambda text: text.encode("gb18030"), id="gb18030"),
        pytest.param(lambda text: text.encode("utf-16"), id="utf-16"),
        pytest.param(lambda text: text.replace(",", ";").encode(), id="semicolons"),
        pytest.param(lambda text: text.replace(",", "\t").encode(), id="tabs"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(lambda text: text.replace("\n", "\r").encode(), id="old Macintosh line ends"),
        pytest.param(lambda text: ("\n\n" + text.replace("\n", "\n,,,,\n\n")).encode(), id="blank rows"),
        pytest.param(lambda text: text.replace("何", "\0何\ufeff").encode(), id="NUL and marks inside"),
        pytest.param(lambda text: text.replace("何长林", " \u3000何长林 ").encode(), id="stray spaces"),
    ],
)
def test_ways_of_saving_a_csv(office: Office, encode: Any):
    outcome = office.take_in(
        "residents", encode("姓名,电话,片区,地址\n何长林,010-55558101,南坊,3号楼\n秦德顺,17000008107,北坊,\n")
    )
    assert told(outcome) == []
    assert [(p.name, p.phone, p.zone.name) for p in office.all(Resident)] == [
        ("何长林", "+861055558101", "南坊"),
        ("秦德顺", "+8617000008107", "北坊"),
    ]


def test_lines_are_those_of_the_file(office: Office):
    text = '\nname,phone,zone,address\n\n何长林,010-55558101,南坊,"3号楼\n2单元"\n,,,\n秦德顺,x,北坊,\n'
    assert told(office.take_in("residents", text)) == ["line 7, phone: “x” is no telephone number"]


def test_a_line_break_in_a_workbook_is_no_part_of_what_is_written(office: Office):
    # As Excel stores a cell of two lines that came from Windows: the first sign of the break as _x000D_.
    rows = [
        ["name", "phone", "zone", "address"],
        ["Rose Miller", "010-55558101", "南坊", "Elm Street 5\r\nsecond floor"],
    ]
    office.take_in("residents", workbook(rows))
    assert [row.address for row in office.all(Resident)] == ["Elm Street 5 second floor"]


def test_volunteers_from_a_workbook(office: Office):
    outcome = office.take_in("volunteers", workbook(VOLUNTEERS, first_sheet_is_empty=True))
    assert told(outcome) == []
    xu, fang, tang = office.all(Volunteer)
    assert (xu.phone, fang.phone, tang.phone) == ("+861055558301", "+8617000008302", "+8617000008303")
    assert [zone.name for zone in xu.zones] == ["南坊", "北坊"]
    assert [service.code for service in fang.services] == ["errand", "visit"]
    assert (xu.days, fang.days, tang.days) == (["sat", "sun"], [], ["mon", "wed", "fri"])
    assert (xu.max_per_day, fang.max_per_day, tang.max_per_day) == (2, 3, 1)
    assert (xu.language, fang.language, tang.language) == ("yue", "zh-CN", "en")
    assert [zone.name for zone in tang.zones] == ["南坊", "井巷"]


def test_mistakes_in_a_workbook_are_named_by_its_rows(office: Office):
    rows = [*VOLUNTEERS, ["韩永年", 123, "Klingon", "无坊", "flying", "someday", 0]]
    assert told(office.take_in("volunteers", workbook(rows))) == [
        "line 6, phone: “123” is no telephone number",
        "line 6, language: “Klingon” is no language we know",
        "line 6, zones: there is no zone “无坊” (--create-zones makes it)",
        "line 6, services: there is no service “flying”",
        "line 6, max_per_day: “0” is no whole number from 1 to 50",
        "line 6, days: “someday” is no weekday",
    ]
    assert office.all(Volunteer) == []


def test_volunteers_behind_one_number_are_told(office: Office):
    rows = [VOLUNTEERS[0], VOLUNTEERS[1], ["方宝贵", "010 5555 8301", "", "南坊", "ride", "", ""]]
    outcome = office.take_in("volunteers", workbook(rows))
    assert outcome.new == 2
    assert "line 3: line 2 has the same number; whoever answers from it is taken for the first." in outcome.told("en")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("", []),
        ("每天", []),
        ("daily;mon", []),
        ("mon;tue;wed;thu;fri;sat;sun", []),
        ("Monday, Wednesday", ["mon", "wed"]),
        ("sun;mon", ["mon", "sun"]),
        ("周一、周三", ["mon", "wed"]),
        ("星期一;礼拜天", ["mon", "sun"]),
        ("一三五", ["mon", "wed", "fri"]),
        ("周一至周五", ["mon", "tue", "wed", "thu", "fri"]),
        ("mon-fri", ["mon", "tue", "wed", "thu", "fri"]),
        ("Sat to Mon", ["mon", "sat", "sun"]),
        ("工作日", ["mon", "tue", "wed", "thu", "fri"]),
        ("weekend", ["sat", "sun"]),
        ("１；２", ["mon", "tue"]),
    ],
)
def test_ways_of_writing_days(office: Office, written: str, days: list[str]):
    rows = [VOLUNTEERS[0], ["许金凤", "010-55558301", "", "南坊", "errand", written, ""]]
    assert told(office.take_in("volunteers", workbook(rows))) == []
    assert office.all(Volunteer)[0].days == days


def test_menus(office: Office):
    assert told(office.take_in("menu", LISTS / "menu.csv")) == []
    dishes = [
        (d.menu.date.isoformat(), d.menu.meal_id, d.key, d.name, d.contains, d.price_cents) for d in office.all(Dish)
    ]
    assert dishes == [
        ("2026-11-23", 1, "1", "萝卜牛腩", "", 1200),
        ("2026-11-23", 1, "2", "清蒸桂鱼", "海鲜", 1200),
        ("2026-11-23", 2, "1", "素三鲜", "鸡蛋", 850),
        ("2026-11-24", 1, "1", "肉末豆腐", "猪肉;辣", 1200),
    ]


def test_dates_and_prices_as_a_spreadsheet_keeps_them(office: Office):
    rows: list[list[Any]] = [["日期", "餐次", "键", "菜名", "价格"], [datetime(2026, 11, 23), "午餐", 1, "豆腐", 8.5]]  # noqa: DTZ001
    assert told(office.take_in("menu", workbook(rows))) == []
    (dish,) = office.all(Dish)
    assert (dish.key, dish.price_cents, office.all(Menu)[0].date) == ("1", 850, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("23.11.2026,lunch,1,豆腐,,8", "line 2, date: “23.11.2026” is no date like 2026-11-23"),
        ("2026-02-30,lunch,1,豆腐,,8", "line 2, date: “2026-02-30” is no date like 2026-11-23"),
        (",lunch,1,豆腐,,8", "line 2, date: is empty, and is needed"),
        ("2026-11-23,brunch,1,豆腐,,8", "line 2, meal: there is no meal “brunch”"),
        ("2026-11-23,lunch,9,豆腐,,8", "line 2, key: “9” is no key from 1 to 8"),
        ("2026-11-23,lunch,0,豆腐,,8", "line 2, key: “0” is no key from 1 to 8"),
        ("2026-11-23,lunch,1,,,8", "line 2, dish: is empty, and is needed"),
        ("2026-11-23,lunch,1,豆腐,,cheap", "line 2, price: “cheap” is no price like 8.50"),
        ("2026-11-23,lunch,1,豆腐,,-1", "line 2, price: “-1” is no price like 8.50"),
        ("2026-11-23,lunch,1,豆腐,,1.005", "line 2, price: “1.005” is no price like 8.50"),
        ("2026-11-23,lunch,1,豆腐,,NaN", "line 2, price: “NaN” is no price like 8.50"),
        ("2026-11-23,lunch,1,豆腐,,1e99999", "line 2, price: “1e99999” is no price like 8.50"),
    ],
)
def test_mistakes_in_menus(office: Office, row: str, says: str):
    assert told(office.take_in("menu", f"date,meal,key,dish,contains,price\n{row}\n")) == [says]
    assert office.all(Menu) == []


def test_two_dishes_on_one_key_are_a_mistake(office: Office):
    text = "date,meal,key,dish\n2026-11-23,lunch,1,豆腐\n2026/11/23,午餐,１,鱼\n"
    assert told(office.take_in("menu", text)) == ["line 3, key: is the same as on line 2"]


def test_a_dish_that_was_ordered_is_changed_in_place_and_people_to_tell_are_counted(office: Office):
    office.take_in("menu", LISTS / "menu.csv")
    office.take_in("residents", LISTS / "residents-gb18030.csv")
    with office.books() as session:
        session.add(
            HelpRequest(
                **dict.fromkeys(("placed_at", "wanted_from", "wanted_until", "due_at"), NOW),
                **dict.fromkeys(("community_id", "resident_id", "service_id", "menu_id"), 1),
                code=11,
                dish_id=2,
                state="pooled",
                source=Source.VOICE,
            )
        )
    outcome = office.take_in("menu", "date,meal,key,dish,price\n2026-11-23,lunch,2,带鱼,13\n2026-11-23,lunch,3,面,9\n")
    assert (outcome.new, outcome.changed) == (1, 1)
    assert "Already ordered from dishes that changed: 1. Tell these people." in outcome.told("en")
    assert [(d.id, d.key, d.name, d.contains) for d in office.all(Dish) if d.menu_id == 1] == [
        (1, "1", "萝卜牛腩", ""),
        (2, "2", "带鱼", ""),
        (5, "3", "面", ""),
    ]


def test_an_empty_cell_does_not_take_an_allergen_from_a_dish(office: Office):
    office.take_in("menu", LISTS / "menu.csv")
    assert office.take_in("menu", "date,meal,key,dish,contains\n2026-11-23,lunch,2,清蒸桂鱼,\n").unchanged == 1
    assert office.all(Dish)[1].contains == "海鲜"


def test_a_closed_menu_is_not_changed_but_may_be_repeated(office: Office):
    office.take_in("menu", LISTS / "menu.csv")
    with office.books() as session:
        session.get_one(Menu, 1).closed_at = NOW
    assert office.take_in("menu", LISTS / "menu.csv").unchanged == 4
    changed = (LISTS / "menu.csv").read_text(encoding="utf-8").replace("萝卜牛腩", "土豆牛腩")
    assert told(office.take_in("menu", changed)) == ["line 2, date: the orders of this menu are closed"]
    added = "date,meal,key,dish\n2026-11-23,lunch,5,面\n"
    assert told(office.take_in("menu", added)) == ["line 2, date: the orders of this menu are closed"]


def test_a_menu_may_name_the_kitchen_and_how_many_portions_it_can_cook(office: Office):
    with office.books() as session:
        session.add(Kitchen(community_id=1, name="南门食堂", language="zh-CN"))
    text = "日期,餐次,按键,菜名,厨房,份数\n2026-11-23,午餐,1,面,南门 食堂,40\n2026-11-23,午餐,2,饭,,\n"
    assert told(office.take_in("menu", text)) == []
    assert [(d.name, d.kitchen_id, d.portions_max) for d in office.all(Dish)] == [("面", 2, 40), ("饭", None, None)]
    assert office.take_in("menu", text).unchanged == 2
    again = "date,meal,key,dish\n2026-11-23,lunch,1,面\n"
    assert office.take_in("menu", again).unchanged == 1, "a list without these columns takes nothing away"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("北门食堂,40", "line 2, kitchen: there is no kitchen “北门食堂”"),
        (",0", "line 2, portions: “0” is no whole number from 1 to 9999"),
        (",some", "line 2, portions: “some” is no whole number from 1 to 9999"),
    ],
)
def test_a_kitchen_or_a_limit_that_is_none_is_named(office: Office, cells: str, says: str):
    assert told(office.take_in("menu", f"date,meal,key,dish,kitchen,portions\n2026-11-23,lunch,1,面,{cells}\n")) == [
        says
    ]
    assert office.all(Menu) == []


def test_a_menu_of_a_day_on_which_nothing_is_cooked_is_refused_with_its_line(office: Office):
    with office.books() as session:
        session.add(ClosingDay(community_id=1, date=date(2026, 11, 24)))
        session.get_one(Meal, 1).days = ["mon", "tue"]
    rows = ["2026-11-23,lunch,1,面", "2026-11-24,lunch,1,面", "2026-11-25,lunch,1,面"]
    outcome = office.take_in("menu", "\n".join(["date,meal,key,dish", *rows]))
    assert told(outcome) == [
        "line 3, date: nothing is cooked on 2026-11-24: it is a closing day",
        "line 4, date: 午餐 is not cooked on that weekday (2026-11-25)",
    ]
    assert told(outcome, "zh-CN")[0] == "第3行，date：2026-11-24是停餐日，不供餐"
    assert office.all(Menu) == []


def test_what_is_there_of_a_closed_day_may_be_repeated(office: Office):
    office.take_in("menu", LISTS / "menu.csv")
    with office.books() as session:
        session.add(ClosingDay(community_id=1, date=date(2026, 11, 23)))
    assert office.take_in("menu", LISTS / "menu.csv").unchanged == 4


def test_a_limit_that_a_list_brings_is_full_where_so_many_are_ordered(office: Office):
    office.take_in("residents", LISTS / "residents-gb18030.csv")
    office.take_in("menu", LISTS / "menu.csv")
    with office.books() as session:
        resident, dish = session.get_one(Resident, 1), session.get_one(Dish, 1)
        place_meal(session, resident, dish.menu, dish, portions=2, source=Source.STAFF, who="staff 1", now=NOW)
    office.take_in("menu", "date,meal,key,dish,portions\n2026-11-23,lunch,1,萝卜牛腩,2\n")
    assert [dish.name for dish in office.all(Dish) if dish.full_at] == ["萝卜牛腩"]
    office.take_in("menu", "date,meal,key,dish,portions\n2026-11-23,lunch,1,萝卜牛腩,3\n")
    assert [dish.name for dish in office.all(Dish) if dish.full_at] == []


def test_standing_orders(office: Office):
    office.take_in("residents", LISTS / "residents-gb18030.csv")
    assert told(office.take_in("standing-orders", LISTS / "standing-orders.csv")) == []
    orders = [(o.resident.name, o.meal.code, o.days, o.dish, o.portions) for o in office.all(StandingOrder)]
    assert orders == [
        ("林秀英", "lunch", ["mon", "tue", "wed", "thu", "fri"], "2", 1),
        ("林秀英", "lunch", ["sat", "sun"], "", 1),
        ("沈桂芳", "dinner", [], "素三鲜", 2),
    ]


def test_a_list_says_all_about_the_standing_orders_it_names(office: Office):
    office.take_in("residents", LISTS / "residents-gb18030.csv")
    office.take_in("standing-orders", LISTS / "standing-orders.csv")
    text = "name,phone,meal,days,dish\n林秀英,010-55558101,lunch,mon-fri,3\n"
    outcome = office.take_in("standing-orders", text)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 2, 0)
    assert [(o.days[:1], o.dish, o.ended_at) for o in office.all(StandingOrder)] == [
        (["mon"], "3", None),
        (["sat"], "", NOW),
        ([], "素三鲜", None),
    ]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["无名,010-55558101,lunch,,1,1"], "line 2, name: there is no resident of this name and number"),
        (["林秀英,010-55558101,lunch,,1,0"], "line 2, portions: “0” is no whole number from 1 to 9"),
        (
            ["林秀英,010-55558101,lunch,mon;tue,1,1", "林秀英,010-55558101,午餐,tue;wed,2,1"],
            "line 3, days: line 2 already orders this meal on one of these days",
        ),
    ],
)
def test_mistakes_in_standing_orders(office: Office, rows: list[str], says: str):
    office.take_in("residents", LISTS / "residents-gb18030.csv")
    outcome = office.take_in("standing-orders", "\n".join(["name,phone,meal,days,dish,portions", *rows]))
    assert told(outcome) == [says]
    assert office.all(StandingOrder) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "There is nothing in this file"),
        (b"\n \n,,\n", "There is nothing in this file"),
        (b"name,phone,zone\n", "There is nothing in this file"),
        (b"a,b\n1,2\n", "No heading is one we know; the columns are: name, phone, other_phone, language, zone"),
        (b"name,phone\nx,1\n", "The column “zone” is missing."),
        ("姓名,name,phone,zone\nx,y,1,z\n".encode(), "Two columns mean the same: “name”."),
        (b"name,phone,zone\nx,1,z,more\n", "line 2: has more cells than there are headings"),
        (b'name,phone,zone\nx,"1,z\ny,2,z\n', "line 2: the quotation marks do not match"),
        (b"%PDF-1.7 ...", "This is no list we can read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is an old Excel file"),
        (b"PK\x03\x04 and then nothing", "This is no list we can read"),
        (bytes(range(256)) * 20, "This is no list we can read"),
        (b"x" * (20 * 1024 * 1024 + 1), "The file is larger than 20 MB."),
        (b"name,phone,zone\n" + b"x,1,z\n" * 20_001, "The file has more than 20000 rows."),
        (
            ("name,phone,zone\n" + "x" * 81 + ",010-55558101,南坊\n").encode(),
            "line 2, name: is longer than 80 characters",
        ),
        (("name,phone,zone\n" + "x" * 200_000 + ",1,南坊\n").encode(), "line 2: the quotation marks do not match"),
    ],
)
def test_files_that_are_no_list(office: Office, content: bytes, says: str):
    outcome = office.take_in("residents", content, create_zones=True)
    assert any(sentence.startswith(says) for sentence in told(outcome)), told(outcome)
    assert office.all(Resident) == []


def _archive(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _rebuilt(content: bytes, name: str, change: Any) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = change(parts[name])
    return _archive(parts)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(_archive({"a.txt": b"no workbook"}), "This is no list we can read", id="some other archive"),
        pytest.param(
            _archive({SHEET: b"0" * (101 << 20)}), "The file holds more than 100 MB once unpacked.", id="bomb"
        ),
        pytest.param(
            _rebuilt(
                workbook(VOLUNTEERS),
                SHEET,
                lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1),
            ),
            "This is no list we can read",
            id="entities",
        ),
        pytest.param(_rebuilt(workbook(VOLUNTEERS), SHEET, lambda xml: xml[:700]), "This is no list", id="cut off"),
        pytest.param(workbook(VOLUNTEERS)[:-200], "This is no list we can read", id="half an archive"),
    ],
)
def test_workbooks_that_are_none(office: Office, content: bytes, says: str):
    (sentence,) = told(office.take_in("volunteers", content))
    assert sentence.startswith(says)


def test_a_workbook_that_lies_about_its_size_is_read_whole(office: Office):
    lie = lambda xml: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:A1"/>', xml)  # noqa: E731
    assert office.take_in("volunteers", _rebuilt(workbook(VOLUNTEERS), SHEET, lie)).new == 3


def test_a_row_far_below_ends_in_time(office: Office):
    far = lambda xml: xml.replace(b'<row r="4"', b'<row r="100000"').replace(b'r="G4"', b'r="G100000"')  # noqa: E731
    outcome = office.take_in("volunteers", _rebuilt(workbook(VOLUNTEERS[:4]), SHEET, far))
    assert outcome.new == 3 or outcome.faults


def test_columns_we_do_not_know_are_told_not_lost_in_silence(office: Office):
    outcome = office.take_in("residents", residents("何长林,010-55558101,南坊,7", head="name,phone,zone,编号"))
    assert "These columns were not read: 编号." in outcome.told("en")


def test_numbers_are_read_in_the_country_of_the_community(tmp_path: Path):
    town = Office(tmp_path, number="+12125550100", timezone="America/New_York", language="en", zones=("East",))
    assert (
        told(town.take_in("residents", residents("Rose Miller,(212) 555-0134,,east,,", "Li,+86 10 5555 8101,,East,,")))
        == []
    )
    assert [person.phone for person in town.all(Resident)] == ["+12125550134", "+861055558101"]
    assert [person.language for person in town.all(Resident)] == ["en", "en"]


def test_a_service_that_is_not_offered_here_is_no_word(office: Office):
    with office.books() as session:
        session.query(Service).filter_by(code="visit").delete()
    outcome = office.take_in("volunteers", workbook(VOLUNTEERS))
    assert told(outcome) == ["line 3, services: there is no service “探访”"]


def test_every_sentence_is_there_in_every_language():
    tables = words.tables()
    assert set(tables["sentences"]) == {"en", "zh-CN"}  # whoever imports reads one of the two
    assert set(tables["words"]) == set(prompts.languages()) == set(words.languages())
    for table in ("sentences", "words"):
        for told_in in tables[table].values():
            assert tables[table]["en"].keys() == told_in.keys()
    blanks = re.compile(r"\{(\w+)\}")
    for key, sentence in tables["sentences"]["en"].items():
        assert set(blanks.findall(sentence)) == set(blanks.findall(tables["sentences"]["zh-CN"][key]))


def test_no_word_means_two_things():
    tables = words.tables()
    for table in [
        *tables["columns"].values(),
        *(tables[name] for name in ("languages", "days", "services", "meals", "vehicles", "roles")),
    ]:
        meanings = [words.plain(word) for names in table.values() for word in names]
        assert len(set(meanings) & {""}) == 0
        assert {word: meanings.count(word) for word in meanings if meanings.count(word) > 1} in ({}, *_SAME)


# "zh-CN" and "zh" and the like differ only in what `plain` takes away.
_SAME: tuple[dict[str, int], ...] = ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace"))),
)
def test_whatever_is_in_a_file_nothing_is_raised(office: Office, kind: str, content: bytes):
    for beginning in (b"", (",".join(words.column_names(kind)) + "\n").encode(), b"PK\x03\x04"):
        outcome = office.take_in(kind, beginning + content, dry_run=True)
        assert all(isinstance(fault.told("zh-CN"), str) for fault in outcome.faults)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 6000), byte=st.integers(0, 255))
def test_a_workbook_with_a_flipped_byte_raises_nothing(office: Office, at: int, byte: int):
    content = bytearray(workbook(VOLUNTEERS))
    content[at % len(content)] = struct.pack("B", byte)[0]
    office.take_in("volunteers", bytes(content), dry_run=True)


BORN = [("1941-03-05", date(1941, 3, 5)), ("1941年3月5日", date(1941, 3, 5)), ("1941/3/5", date(1941, 3, 5)),
        ("19410305", date(1941, 3, 5)), ("", None)]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "written", "born"), [(h, *one) for h in ("出生日期", "Date of birth") for one in BORN]
)
def test_dates_of_birth_and_hardship_are_taken_in_as_offices_write_them(
    office: Office, head: str, written: str, born: Any
):
    hardship = "困难类别" if head == "出生日期" else "hardship"
    text = residents(f"何长林,010-55558101,南坊,{written},低保", head=f"name,phone,zone,{head},{hardship}")
    assert told(office.take_in("residents", text)) == []
    (person,) = office.all(Resident)
    assert (person.born_on, person.hardship) == (born, "低保")
    again = office.take_in(
        "residents", residents("何长林,010-55558101,南坊,,", head=f"name,phone,zone,{head},{hardship}")
    )
    assert (again.changed, office.all(Resident)[0].hardship) == (0, "低保"), "an empty cell takes nothing away"


@pytest.mark.parametrize("written", ["1941", "5.3.1941", "1879-12-31", "2026-11-23", "19411305", "long ago"])
def test_a_date_of_birth_that_cannot_be_is_named_with_its_place(office: Office, written: str):
    text = residents(
        "林秀英,010-55558101,南坊,", f"何长林,010-55558101,南坊,{written}", head="name,phone,zone,出生日期"
    )
    outcome = office.take_in("residents", text)
    assert told(outcome) == [f"line 3, 出生日期: “{written}” is no date of birth like 1941-03-05"]
    assert told(outcome, "zh-CN") == [f"第3行，出生日期：“{written}”不是出生日期，写法如 1941-03-05"]
    assert office.all(Resident) == []


def test_a_hardship_that_is_too_long_is_named(office: Office):
    text = residents(f"何长林,010-55558101,南坊,{'困' * 41}", head="name,phone,zone,困难类别")
    assert told(office.take_in("residents", text)) == ["line 2, 困难类别: is longer than 40 characters"]


@pytest.mark.parametrize(("written", "point"), [("39.91, 116.40", (39.91, 116.4)), ("３９.９１，１１６.４", (39.91, 116.4)),
                                                 ("-33.8;151.2", (-33.8, 151.2)), ("", None)])  # fmt: skip
def test_where_people_live_is_taken_in_as_it_is_copied_from_a_map(office: Office, written: str, point: Any):
    text = residents(f'何长林,010-55558101,南坊,"{written}"', head="name,phone,zone,坐标")
    assert told(office.take_in("residents", text)) == []
    assert office.all(Resident)[0].point == point
    again = residents("何长林,010-55558101,南坊,", head="name,phone,zone,坐标")
    office.take_in("residents", again)
    assert office.all(Resident)[0].point == point, "an empty cell takes nothing away"


@pytest.mark.parametrize("written", ["北坊", "91, 10", "39.91", "39.91, 181"])
def test_a_place_that_is_none_is_named(office: Office, written: str):
    text = residents(f'何长林,010-55558101,南坊,"{written}"', head="name,phone,zone,place")
    assert told(office.take_in("residents", text)) == [
        f"line 2, place: “{written}” is no place on the map, which is written as latitude, longitude: 39.91, 116.40"
    ]


@pytest.mark.parametrize(
    ("written", "vehicle"), [("电动车", "bicycle"), ("Car", "car"), ("on foot", "foot"), ("", "foot")]
)
def test_how_volunteers_get_about_is_taken_in(office: Office, written: str, vehicle: str):
    text = f"name,phone,zones,services,交通工具\n何长林,17000008101,南坊,meal,{written}\n"
    assert told(office.take_in("volunteers", text)) == []
    assert office.all(Volunteer)[0].vehicle == vehicle
    wrong = "name,phone,zones,services,交通工具\n何长林,17000008101,南坊,meal,spaceship\n"
    assert told(office.take_in("volunteers", wrong)) == [
        "line 2, 交通工具: “spaceship” is not on foot, by bicycle or by car"
    ]
