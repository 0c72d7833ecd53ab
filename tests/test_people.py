"""Names, numbers and diets: rules about one row, as tables."""

import pytest

from models import phones
from models.menus import clashes
from models.people import given_name


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Rose Miller", "Rose"),
        ("Mrs. Rose Miller", "Rose"),
        ("Dr Kim", "Kim"),
        ("José Ortega", "José"),
        ("José", "José"),
        ("Иван Петров", "Иван"),
        ("高慧敏", "慧敏"),
        ("王 秀英", "秀英"),
        ("欧阳修文", "修文"),
        ("王", "王"),
        ("Rose", "Rose"),
    ],
)
def test_only_the_given_name_is_ever_said(name, given):
    assert given_name(name) == given


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("170 0000 2002", "CN", "+8617000002002"),
        ("0086 17000002006", "CN", "+8617000002006"),
        ("（010）5555 1004", "CN", "+861055551004"),
        ("１７０００００２００５", "CN", "+8617000002005"),
        ("+86 170-0000-2003", "GB", "+8617000002003"),
        ("+1 555 555 0100", "US", "+15555550100"),
        ("(212) 555-0111", "US", "+12125550111"),
    ],
)
def test_a_number_in_any_notation(written, region, number):
    assert phones.to_e164(written, region) == number


@pytest.mark.parametrize(
    "written", ["没有电话", "1380013800", "", "+86170abc", "555 1234 ext 9", "+1", "0", "+99999999999999999"]
)
def test_what_is_no_number_is_refused(written):
    with pytest.raises(phones.NotANumber):
        phones.to_e164(written, "CN")


@pytest.mark.parametrize(
    ("number", "is_landline"),
    [("+861055551004", True), ("+8617000002002", False), ("+12125550111", False), ("+442079460000", True)],
)
def test_landlines_are_known_by_their_number(number, is_landline):
    assert phones.is_landline(number) is is_landline


@pytest.mark.parametrize(
    ("diet", "contains", "clash"),
    [
        ("海鲜过敏;花生过敏", "花生;辣", True),
        ("海鲜过敏", "海鲜", True),
        ("不吃猪肉", "猪肉;鸡蛋", True),
        ("软食", "软食", False),
        ("糖尿病", "猪肉", False),
        ("no nuts", "nuts", True),
        ("nut allergy", "nuts", True),
        ("gluten-free", "gluten", True),
        ("allergic to fish", "Fish", True),
        ("", "fish", False),
        ("no pork", "", False),
    ],
)
def test_what_may_not_suit_a_diet(diet, contains, clash):
    assert clashes(diet, contains) is clash
