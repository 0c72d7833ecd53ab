"""What may be a password: long enough, none that everybody takes, no name of ours, no row; the same rule everywhere."""

import pytest
from board_town import PASSWORD, build_town
from test_second_factor import is_in, log_in

from dispatch import founding, passwords
from dispatch.passwords import judge
from models.errors import Refusal
from models.people import Staff

NAMES = ("Chen Li", "East Lake")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD, "a long password", "a much longer sentence", "lantern gravel tuesday", "大树下面的老邻居们都来吃午饭", "f3a09c17be2d41",
        "my eastlake cousin bakes", "Chen keeps three geese", "linli opens at the pond", "8231 4471 0962", "🍲🍚🥬🍵🌳🏮🧓👵🪑🚲🧺🫖📻",
    ],
)  # fmt: skip
def test_what_nobody_would_try_first_is_a_password(password):
    judge(password, names=NAMES)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("eleven char", "short"), ("", "short"), ("x" * 1025, "long"),
        ("sonyericsson", "common"), ("SonyEricsson", "common"), ("ｓｏｎｙｅｒｉｃｓｓｏｎ", "common"), ("password2026!", "common"),
        ("2026-password", "common"), ("passwordpassword", "common"), ("!!sunshine!!!", "common"), ("sunshine.sunshine", "common"), ("iloveyou1314520", "common"),
        ("linli2026!!!!", "names"), ("LinliLinli99", "names"), ("Chen Li 1968", "names"), ("eastlakeeastlake", "names"), ("East Lake 2026", "names"),
        ("eastlakepassword", "names"), ("邻里邻里邻里邻里2026", "names"), ("li chen linli", "names"),
        ("aaaaaaaaaaaa", "row"), ("123456789012", "row"), ("210987654321", "row"), ("abcabcabcabc", "row"), ("abcdefghijkl", "row"),
        ("qwertyuiop12", "row"), ("poiuytrewq09", "row"), ("121212121212", "row"), ("111122223333", "row"), ("            ", "row"), ("呵呵呵呵呵呵呵呵呵呵呵呵", "row"),
    ],
)  # fmt: skip
def test_what_anybody_would_try_first_is_none(password, reason):
    with pytest.raises(Refusal, match=f"password_{reason}") as refused:
        judge(password, names=NAMES)
    for language in ("en", "zh-CN"):
        assert password not in founding.sentence(refused.value, language) or not password
        assert "{" not in founding.sentence(refused.value, language)


def test_the_list_holds_more_than_the_three_thousand_most_common():
    assert sum(len(one) >= passwords.LEAST_BY_COMMAND for one in passwords._common()) > 3000


def test_a_program_may_set_a_shorter_one_but_none_that_everybody_takes():
    judge("eight ch", least=passwords.LEAST_BY_COMMAND)
    for password, reason in (("seven c", "short"), ("sunshine", "common"), ("12345678", "row")):
        with pytest.raises(Refusal, match=f"password_{reason}"):
            judge(password, least=passwords.LEAST_BY_COMMAND)


@pytest.fixture
def town(tmp_path):
    """A town and its staff."""
    return build_town(tmp_path)


def test_wherever_a_password_is_set_it_is_the_same_rule(town):
    """On one's own page, by the coordinator, for somebody new, for somebody who is back."""
    chen, dai = town.browser("Chen Li"), town.browser("Dai Fen")
    dai.see("/me")
    assert "the name of the place" in dai.press("/me/password", 422, password=PASSWORD, new="daifen daifen")
    dai_id = town.ids["Dai Fen"]
    chen.see("/settings/staff")
    for bad, told in (
        ("eastlake 2026", "the name of the place"),
        ("password2026", "anybody would try"),
        ("too short", "12 characters"),
    ):
        assert told in chen.press(
            f"/settings/staff/{dai_id}", 422, phone="138 0000 0001", role="dispatcher", password=bad
        )
        assert told in chen.press(
            "/settings/staff", 422, name="Wu Min", role="auditor", language="en", phone="", password=bad
        )
    assert is_in(log_in(town))
    chen.press(f"/settings/staff/{dai_id}/leave")
    assert "12 characters" in chen.press(f"/settings/staff/{dai_id}/return", 422, password="short")
    assert not town.row(Staff, dai_id).is_active


def test_a_password_from_before_the_rule_goes_on_opening(town):
    with town.database.begin() as session:
        session.get_one(Staff, town.ids["Dai Fen"]).password_hash = founding._hasher.hash("eight ch")
    assert is_in(log_in(town, password="eight ch"))
