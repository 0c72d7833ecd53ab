"""How a community begins, and how its staff log in."""

from collections.abc import Iterator
from datetime import time

import pytest
import sqlalchemy as sa
from list_office import Patience
from sqlalchemy.orm import Session

from dispatch import founding
from dispatch.founding import add_staff, check_password, found_community, sentence
from models.base import Base
from models.database import Database, open_engine
from models.errors import Refusal
from models.people import Role, Staff
from models.places import Community

PASSWORD = "correct horse battery"


@pytest.fixture
def session() -> Iterator[Session]:
    engine = open_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Database(engine).begin() as session:
        yield session


def found(session: Session, **differs: object) -> Community:
    about: dict[str, object] = {
        "name": "坊间",
        "number": "+861055558000",
        "timezone": "Asia/Shanghai",
        "language": "zh-CN",
        "zones": ["南坊", "北坊"],
        "defaults": Patience(),
    }
    return found_community(session, **(about | differs))


def test_a_community_begins_with_the_usual_services_in_their_order(session: Session):
    community = found(session)
    assert [(service.code, service.key) for service in community.services] == [
        ("meal", None),
        ("errand", "1"),
        ("ride", "2"),
        ("repair", "3"),
        ("visit", "4"),
    ]
    assert [service.names["zh-CN"] for service in community.services] == ["餐食", "跑腿", "接送", "维修", "探访"]
    assert [service.names["en"] for service in community.services] == [service.code for service in community.services]
    assert [service.spending_limit_cents for service in community.services] == [None, 5000, None, None, None]
    assert [zone.name for zone in community.zones] == ["南坊", "北坊"]


def test_lunch_and_dinner_and_quiet_hours(session: Session):
    community = found(session)
    meals = {meal.code: (meal.cutoff, meal.serve_from, meal.serve_until) for meal in community.meals}
    assert meals == {"lunch": (time(10), time(11), time(12, 30)), "dinner": (time(15), time(17), time(18, 30))}
    assert [meal.names["zh-CN"] for meal in community.meals] == ["午餐", "晚餐"]
    assert (community.quiet_from, community.quiet_until) == (time(21), time(8))


def test_new_services_start_with_the_patience_that_is_given(session: Session):
    patience = Patience(offer_minutes=0.5, wave_size=1, nudge_minutes=2, acknowledge_minutes=1.5)
    for service in found(session, defaults=patience).services:
        given = (service.offer_minutes, service.wave_size, service.nudge_minutes, service.acknowledge_minutes)
        assert given == (0.5, 1, 2, 1.5)


@pytest.mark.parametrize(
    ("number", "emergency"),
    [
        ("+861055558000", "120"),
        ("+12125550100", "911"),
        ("+14165550100", "911"),
        ("+442079460000", "999"),
        ("+33142685300", "112"),
    ],
)
def test_the_emergency_number_is_that_of_the_country(session: Session, number: str, emergency: str):
    assert found(session, number=number).emergency_number == emergency


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({"name": "  "}, "name_missing"),
        ({"name": "x" * 81}, "name_long"),
        ({"number": "010 5555 8000"}, "number_impossible"),
        ({"number": "+86105"}, "number_impossible"),
        ({"number": "none"}, "number_impossible"),
        ({"timezone": "Beijing"}, "zone_unknown"),
        ({"timezone": "../etc/passwd"}, "zone_unknown"),
        ({"timezone": ""}, "zone_unknown"),
        ({"language": "Chinese"}, "language_impossible"),
        ({"zones": []}, "zones_missing"),
        ({"zones": [" ", ""]}, "zones_missing"),
        ({"zones": ["x" * 61]}, "name_long"),
    ],
)
def test_what_cannot_be_is_refused_in_words(session: Session, differs: dict[str, object], reason: str):
    with pytest.raises(Refusal) as refused:
        found(session, **differs)
    assert refused.value.reason == reason
    assert session.scalar(sa.select(sa.func.count()).select_from(Community)) == 0
    english, chinese = sentence(refused.value), sentence(refused.value, "zh-CN")
    assert "{" not in english + chinese
    assert english != chinese


def test_a_name_and_a_number_are_given_once(session: Session):
    found(session)
    for differs, reason in [({"name": "另一坊"}, "number_taken"), ({"number": "+861055558009"}, "name_taken")]:
        with pytest.raises(Refusal, match=reason):
            found(session, **differs)


def test_a_language_without_words_is_allowed(session: Session):
    assert found(session, language="eo").language == "eo"


def test_zones_named_twice_are_one(session: Session):
    assert [zone.name for zone in found(session, zones=[" 南坊 ", "南坊", "北坊"]).zones] == ["南坊", "北坊"]


def test_staff_log_in_with_their_password_and_no_other(session: Session):
    community = found(session)
    wang = add_staff(
        session,
        community,
        name="王主任",
        role=Role.COORDINATOR,
        phone="010-5555 8001",
        is_on_duty=True,
        password=PASSWORD,
    )
    assert wang.phone == "+861055558001"
    assert (wang.language, wang.is_on_duty) == ("zh-CN", True)
    assert check_password(wang, PASSWORD)
    assert not check_password(wang, PASSWORD + " ")
    assert not check_password(wang, "")
    assert not check_password(None, "nobody has this password")
    assert PASSWORD not in wang.password_hash
    assert wang.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_twelve_characters_are_enough(session: Session):
    assert founding.hashed("twelve chars").startswith("$argon2id$")


def test_whoever_has_no_password_yet_gets_in_with_none(session: Session):
    staff = add_staff(
        session, found(session), name="李", role=Role.OPERATOR, phone=None, is_on_duty=False, password=None
    )
    assert not check_password(staff, "")
    assert not check_password(staff, "nobody has this password")


@pytest.mark.parametrize(
    "password",
    [
        "大树下面的老邻居们都来吃午饭",
        "     two words and spaces     ",
        "correcthorsebatterystaple",
        "🍲🍚🥬🍵🌳🏮🧓👵🪑🚲🧺🫖📻🎋🌾🪭",
        "Ünïcödé Straße ½ ﬁ x",
        "the quick brown fox " * 5,
    ],
)
def test_a_password_may_be_of_any_letters(password: str):
    assert check_password(Staff(password_hash=founding.hashed(password)), password)
    assert not check_password(Staff(password_hash=founding.hashed(password)), password.strip() + ".")


def test_a_damaged_hash_lets_nobody_in(session: Session):
    assert not check_password(Staff(password_hash="x"), PASSWORD)


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({"password": "sevench"}, "password_short"),
        ({"password": "x" * 1025}, "password_long"),
        ({"name": ""}, "name_missing"),
        ({"name": "李"}, "staff_taken"),
        ({"phone": "12"}, "phone_impossible"),
        ({"language": "??"}, "language_impossible"),
    ],
)
def test_staff_who_cannot_be_added(session: Session, differs: dict[str, object], reason: str):
    community = found(session)
    about = {"name": "李", "role": Role.OPERATOR, "phone": None, "is_on_duty": False, "password": PASSWORD}
    add_staff(session, community, **about)
    with pytest.raises(Refusal, match=reason) as refused:
        add_staff(session, community, **({**about, "name": "张"} | differs))
    assert "{" not in sentence(refused.value)


def test_every_sentence_is_there_in_every_language():
    sentences = founding._usual()["sentences"]
    assert len({frozenset(words) for words in sentences.values()}) == 1
