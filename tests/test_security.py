"""What scripts/check-security reads is read at every change, as far as that is quick; semgrep is not: its packages stand
in each other's way with ours and take four hundred megabytes, so it lives with the tools that ask (docs/security-checks.md)."""

import io
from urllib.parse import urlencode

import pytest
from security import sources, weak
from security.findings import Finding, judged
from security.house import house
from security.pages import A_FORM, Ask, description, everything, unasked
from security.scans import at_the_door

from dispatch.board.routes import DOORS


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("tool", "look", "canary"),
    [("bandit", sources.bandit, sources.canary_of_bandit), ("detect-secrets", sources.secrets, sources.canary_of_secrets)],
    ids=["bandit", "detect-secrets"],
)  # fmt: skip
def test_nothing_is_open_and_the_tool_still_sees(tool, look, canary):
    assert canary() == []
    assert judged(look(), {tool}) == []


def test_what_nobody_has_accepted_is_open_and_what_is_not_found_any_more_too():
    told = judged([Finding("bandit", "B602", "voice/new.py", 3, "shell=True")], {"bandit"})
    assert told[0].startswith("bandit B602 voice/new.py:3")
    assert all(words.startswith("accepted, but not found: bandit") for words in told[1:])
    assert len(told) > 10


def test_each_rule_of_ours_has_a_file_that_breaks_it():
    rules = {line.split("id:")[1].strip() for line in sources.RULES.read_text("utf-8").splitlines() if "- id:" in line}
    assert rules == {path.stem.replace("_", "-") for path in sources.CANARIES.iterdir() if path.is_file()}
    assert len(rules) >= 10


def test_a_page_is_described_with_its_ids_and_fields():
    asks = [Ask("GET", "/people", (("q", ""),)), Ask("POST", "/residents/10/absences/3/end", (("why", ""),))]
    paths = description(asks)["paths"]
    assert [field["name"] for field in paths["/people"]["get"]["parameters"]] == ["q"]
    act = paths["/residents/{id0}/absences/{id1}/end"]["post"]
    assert [field["schema"]["type"] for field in act["parameters"]] == ["integer", "integer"]
    assert "why" in act["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]


def sent(door, ask):
    return door.pass_on("POST", ask.path, urlencode(ask.told).encode(), A_FORM)


def forms_at(door, path):
    return door.ask("GET", path, b"", {"Cookie": door.cookie})[2].count(b"<form")


@pytest.mark.timeout(300)
def test_what_the_tools_write_comes_past_the_locks_to_most_of_what_the_board_can_do():
    """Else nothing would be found, because nothing was looked at."""
    with house() as door:
        asks = everything(door)
        assert (door.unreadable, at_the_door("a tool", door)) == (0, [])
        news = [ask for ask in asks if ask.path == "/news" and ask.method == "POST"] * 2
        before, taken = forms_at(door, "/news"), door.taken
        with door.undoing():
            assert [sent(door, ask)[0] for ask in news] == [303] * len(news)
            assert door.taken > taken
            assert forms_at(door, "/news") == before
        assert sent(door, news[0])[0] == 303
        assert forms_at(door, "/news") > before
        door.token = "one that does not hold"
        some = [ask for ask in asks if ask.method == "POST" and not ask.path.startswith(("/voice", "/sms"))][:40]
        for ask in some:
            sent(door, ask)
        assert door.unreadable > len(some) / 2
        assert [one.rule for one in at_the_door("a tool", door)] == ["broken"]
        assert door.failures == {}
        assert door.taken > 40, "few of the forms were filled in so that they can be taken"
    assert sum(len(ask.told) for ask in asks) > 500
    assert len(unasked(asks)) < len(DOORS) / 5, unasked(asks)


def test_what_is_weak_on_purpose_is_weak():
    def page(path, query):
        asked = {"PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}
        return weak.app(asked, lambda *_: None)[0].decode()

    assert "<script>" in page("/hello", "name=<script>")
    assert "Rose" in page("/find", "name=x'+OR+'1'='1")
    with pytest.raises(ValueError, match="invalid"):
        page("/age", "age=x")
