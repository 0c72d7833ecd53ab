"""Nothing that anybody writes ever runs: in a browser, in a spreadsheet, at the carrier. In short; the long one is
scripts/soak hostile."""

import csv
import io
import os
import signal
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from board_chromium import Served, beside
from campaigns.fuzz_checks import wrong_document
from campaigns.hostile import look_at_addresses, look_at_answers, look_at_rows, opened_eyes
from campaigns.malice import sheets
from campaigns.malice.browsers import Browsers, fewest, only
from campaigns.malice.eyes import Eyes, Told
from campaigns.malice.place import Place
from campaigns.malice.words import Deck, words
from flask import Flask, render_template_string

from dispatch.board.headers import protect
from dispatch.lists.exporting import KINDS

# One of each kind of harm: an element, an attribute, an address, a template, our own marks, a sum, an odd sign.
CHOSEN = (
    '<img src=x onerror=canary("§")>', '" onfocus=canary("§") autofocus x=', 'javascript:canary("§")', "{{7*7}}§",
    "<!--of 1-->§<!--/of-->", '=1+1+"§"',
)  # fmt: skip


def chosen():
    """These of the list, with their marks."""
    return [word for word in words() if word.text.replace(word.mark, "§") in CHOSEN]


def test_no_two_strings_of_the_list_are_the_same_and_each_has_its_mark():
    listed = words()
    assert len({word.text for word in listed}) == len(listed) > 500
    assert all(word.mark in word.text for word in listed)
    assert len(chosen()) == len(CHOSEN)


@pytest.mark.timeout(300)
def test_what_is_put_through_every_door_is_only_text_on_every_page_and_in_every_list(browser, tmp_path):
    place = Place(tmp_path, Deck(chosen()))
    place.put_in()
    for kind in KINDS:
        for shape, wrong_in in sheets.WRONG_IN.items():
            file = place.commands.give_out(kind, shape, tmp_path / f"{kind}.{shape}")
            place.found += wrong_in(file.name, file.read_bytes())
    place.found += place.wrong_in_sounds()
    served, told = Served(place.town), Told(place.stored())
    eyes = opened_eyes(place, Browsers(browser), served)
    found = [*place.found, *eyes[0].look_at_file(place.day_sheet(), told)]
    for at, path in enumerate(place.paths_of_all()):
        found += eyes[at % 2].look(path, told)
    found += look_at_rows(place, eyes, told, others=len(CHOSEN))
    found += look_at_addresses(place, eyes, told)
    found += look_at_answers(place, eyes, told, most=1)
    assert found == []
    assert sum(each.looked for each in eyes) > 100
    assert len({mark for each in eyes for marks in each.seen.values() for mark in marks}) == len(CHOSEN)
    for each in eyes:
        each.close()
    served.stop()


# --- and the checks would find it ---------------------------------------------------------------------------------------

# A page that does not escape as it should, and what is found on it, with our headers and without.
PLANTED = {
    "<p>{{ word|safe }}</p>": ('<img src=x onerror=canary("§")>', "onerror"),
    '<input value="{{ word|safe }}">': ('" onfocus=canary("§") autofocus x="', "onfocus"),
    "<input value={{ word }}>": ("x onfocus=canary('§') autofocus", "onfocus"),
    '<a href="{{ word }}">x</a>': ('javascript:canary("§")', "leads away"),
    "<p>{{ word }}</p><script>'{{ word|safe }}'</script>": ("';canary('§');//", "script"),
    "<p>{{ word|e|forceescape }}</p>": ("<b>§</b>", "what nobody wrote"),
    "<p>{{ word|striptags }}</p>": ("<b>§</b>", "what nobody wrote"),
    "<style>{{ word|safe }}</style>": ("</style><p id=§>", "what nobody wrote"),
    "<!--{{ word|safe }}-->": ("§", "no text, but #comment"),
}


@contextmanager
def planted(page, word, *, is_protected):
    """A page that shows a string in that way, on a port."""
    app = Flask("planted")
    app.add_url_rule("/", view_func=lambda: render_template_string(page, word=word))
    if is_protected:
        app.after_request(protect)
    served = Served(SimpleNamespace(app=app))
    yield served
    served.stop()


@pytest.mark.parametrize("is_protected", [True, False], ids=["under our policy", "without it"])
@pytest.mark.parametrize("page", PLANTED)
def test_a_page_that_does_not_escape_is_found(browser, page, is_protected):
    word, finds = PLANTED[page]
    word = word.replace("§", "zq000")
    with planted(page, word, is_protected=is_protected) as served:
        eyes = Eyes(Browsers(browser), served)
        found = " ".join(eyes.look("/", Told([word])))
        eyes.close()
    assert finds in found


@pytest.mark.parametrize(
    ("word", "finds"),
    [
        ('<script>canary("zq000")</script>', "the canary was called: zq000"),
        ('<script>alert("zq000")</script>', "a dialog: zq000"),
        ("<script>zq000()</script>", "a script failed"),
        ("<img src=//evil.example/zq000>", "a request to http://evil.example/zq000"),
        ("<iframe src=/></iframe>zq000", "a page within the page"),
    ],
)
def test_whatever_runs_or_asks_elsewhere_is_heard(browser, word, finds):
    with planted("{{ word|safe }}", word, is_protected=False) as served:
        eyes = Eyes(Browsers(browser), served)
        found = " ".join(eyes.look("/", Told([word])))
        eyes.close()
    assert finds in found


def test_what_our_policy_holds_back_is_heard_too(browser):
    word = '<script>canary("zq000")</script>'
    with planted("{{ word|safe }}", word, is_protected=True) as served:
        eyes = Eyes(Browsers(browser), served)
        found = " ".join(eyes.look("/", Told([word])))
        eyes.close()
    assert "the policy was broken: script-src-elem" in found
    assert "canary was called" not in found


# --- and a browser that ends is no reason to stop, but one to look for -------------------------------------------------

# It is asked before the page is there, and asks at each page in which the string stands, so often as it is told to.
MORTAL = """<p>a zq000</p><p>a zq001 b</p><input value="zq002"><p>zq003</p><script>
if (document.documentElement.innerHTML.includes("DEADLY")) {
  const asked = new XMLHttpRequest(); asked.open("GET", "/end", false); asked.send();
}</script>"""


def end_of(browser_name):
    """The newest browser of this process is killed."""
    ours, newest = {str(os.getpid())}, None
    for pid in sorted((folder.name for folder in Path("/proc").iterdir() if folder.name.isdigit()), key=int):
        try:
            parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
            words_ = Path(f"/proc/{pid}/cmdline").read_text()
        except FileNotFoundError:
            continue
        if parent in ours:
            ours.add(pid)
            newest = pid if browser_name in words_ and "--type=" not in words_ else newest
    os.kill(int(newest), signal.SIGKILL)


@contextmanager
def mortal(browser, deadly, times):
    """Eyes on a page over which the browser ends, so often."""
    left = [times]

    def end():
        if left[0]:
            left[0] -= 1
            end_of("--remote-debugging-pipe")
        return ""

    app = Flask("mortal")
    app.add_url_rule("/", view_func=lambda: MORTAL.replace("DEADLY", deadly[:3] + '" + "' + deadly[3:]))
    app.add_url_rule("/end", view_func=end)
    served, browsers = Served(SimpleNamespace(app=app)), Browsers(beside(browser))
    yield Eyes(browsers, served), browsers
    browsers.now.close()
    served.stop()


@pytest.mark.parametrize(("deadly", "times", "named"), [
    ("zq001", 99, "it ends the browser, zq001:"), ("zq002", 99, "it ends the browser, zq002:"),
    ("<head", 99, "it ends the browser, without any of the strings:"),
    ("zq001", 2, "it ended the browser twice, but not as it was answered, with 4 strings:"),
])  # fmt: skip
def test_what_ends_a_browser_again_and_again_is_named(browser, deadly, times, named):
    with mortal(browser, deadly, times) as (eyes, browsers):
        found = eyes.look("/", Told(["a zq000", "a zq001 b", "zq002", "zq003"]))
    assert [named in words_ for words_ in found] == [True], found
    assert browsers.without_cause == []


def test_a_browser_that_ends_once_is_counted_and_the_page_is_looked_at_all_the_same(browser):
    with mortal(browser, "zq001", 1) as (eyes, browsers):
        assert eyes.look("/", Told(["a zq000", "a zq001 b", "zq002"])) == [
            "/: a script that is not ours", "/: p shows what nobody wrote: 'zq003' of 'zq003'",
        ]  # fmt: skip
    assert len(browsers.without_cause) == 1
    assert browsers.without_cause[0].startswith("/: ")


@pytest.mark.parametrize(("deadly", "left"), [
    ({"b"}, ("b",)), ({"a", "d"}, ("a", "d")), (set(), ()), (set("abcde"), tuple("abcde")),
])  # fmt: skip
def test_no_more_strings_are_blamed_than_it_takes(deadly, left):
    assert fewest("abcde", lambda marks: deadly <= set(marks)) == left


def test_a_page_is_shown_with_some_of_its_strings_only():
    page = '<p class="zq001 x">one zq000</p><b>zq000 and zq001</b> nothing'
    assert only(page, ["zq000"]) == '<p class="">one zq000</p><b>zq000 and zq001</b> nothing'


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "\u3000=1", "\u00a0=1", "\ufeff=1", "＝1", "＠A"]
)
def test_a_list_with_a_sum_in_it_is_found(cell):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["name"], [cell]])
    assert len(list(sheets.wrong_in_csv("a list", out.getvalue().encode()))) == 1


def test_a_workbook_with_a_formula_in_it_is_found():
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "=1+1"
    book.save(out)
    assert len(list(sheets.wrong_in_xlsx("a book", out.getvalue()))) == 1


@pytest.mark.skipif(sheets.OFFICE is None, reason=sheets.INSTALL)
def test_what_an_office_calculates_or_changes_is_found(tmp_path):
    file, folder = tmp_path / "list.csv", tmp_path / "opened"
    folder.mkdir()
    file.write_text('"name"\n"=1+1"\n"007zq000"\n', "utf-8")
    assert [words_ for words_ in sheets.wrong_in_office([file], folder) if "a formula: of:=1+1" in words_]


@pytest.mark.parametrize(
    "document",
    ["<Response><Say>a</Say><Refer/></Response>", "<Response>\x01</Response>", "<Response><Sms>a</Sms></Response>"],
)
def test_twiml_with_another_verb_or_sign_is_found(document):
    assert list(wrong_document("/voice", document))
