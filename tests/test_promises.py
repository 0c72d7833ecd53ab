"""Habits that hold the house up: imports go down, every sentence is in every language, every open state is watched."""

import ast
import re
import string
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from dispatch import telling
from dispatch.taking import CODE_WORDS
from dispatch.watch import WHEN_DUE
from models.jobs import Job
from models.lifecycle import CLOSED, MOVES, OPEN, PATIENCE, State
from models.requests import HelpRequest
from models.tasks import AlertKind
from voice import prompts
from voice.places import PLACES
from voice.plain import plain
from voice.reading import CARRIER_WORDS
from voice.segments import segments_of

ROOT = Path(__file__).parent.parent
ROOMS = ("models", "dispatch", "voice", "scripts")
# Each outside library has its few rooms.
ALLOWED = {
    "flask": r"dispatch/board/|voice/webhooks|voice/carrier/door|voice/exchange/(rest|page|wire)|scripts/(house|emergency)",
    "twilio": r"voice/carrier/|voice/exchange/",
    "apscheduler": r"scripts/sweeps",
    "phonenumbers": r"models/phones",
    "holidays": r"dispatch/public_holidays",
    "pyotp": r"dispatch/second_factor",
    "segno": r"dispatch/board/(pages/me|scanned)",
    "pypinyin": r"dispatch/pinyin",
    "rapidfuzz": r"dispatch/(likeness|doubles)",
    "gunicorn": r"scripts/(serve|gathering)",
    "click": r"scripts/(auditing|commands|door|keeping|listing|planning|privacy|supplies|tending)",
    "alembic": r"models/(schema|migrations)",
}


def sources():
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_imports_go_downward_only():
    wrong = []
    for path in sources():
        room = ROOMS.index(path.relative_to(ROOT).parts[0])
        for name in imports(path):
            top = name.split(".")[0]
            if top in ROOMS and ROOMS.index(top) > room:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_no_verb_leans_on_the_pages_that_show_it():
    wrong = [
        f"{path.name} imports {name}"
        for path in (ROOT / "dispatch").glob("*.py")
        for name in imports(path)
        if name.startswith("dispatch.board")
    ]
    assert wrong == []


@pytest.mark.parametrize(("library", "places"), ALLOWED.items())
def test_each_library_stays_in_its_rooms(library, places):
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if any(name.split(".")[0] == library for name in imports(path))
        and not re.match(places, path.relative_to(ROOT).as_posix())
    ]
    assert wrong == []


def test_no_rule_reads_a_clock():
    wrong = [
        f"{path.relative_to(ROOT)}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] in ("models", "dispatch")
        and re.search(r"datetime\.now\(|time\.time\(|date\.today\(|utcnow", path.read_text("utf-8"))
    ]
    assert wrong == []


def test_every_open_state_has_patience_and_somebody_who_looks():
    assert set(PATIENCE) == OPEN
    assert set(WHEN_DUE) == OPEN


def test_every_verb_leads_between_known_states():
    for sources_, target in MOVES.values():
        assert sources_ <= set(State)
        assert target in State
    reachable = {target for _, target in MOVES.values()}
    assert reachable >= CLOSED


@pytest.mark.parametrize("kind", [HelpRequest, Job])
def test_the_database_refuses_an_open_row_without_a_next_moment(town, kind):
    table = kind.__table__
    town.resident("Rose", "+12125550111")
    town.menu("Soup")
    rose = town.telephone("+12125550111")
    rose.dial()
    rose.press("1")
    town.close_meals(1)
    with pytest.raises(IntegrityError, match="open_is_watched"), town.database.begin() as session:
        session.execute(sa.update(table).values(state="waiting", due_at=None))


def test_only_move_writes_state():
    writers = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign):
                writers += [
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                    for target in node.targets
                    for leaf in ast.walk(target)
                    if isinstance(leaf, ast.Attribute)
                    and leaf.attr == "state"
                    and isinstance(leaf.value, ast.Name)
                    and leaf.value.id in ("request", "stop", "job", "order")
                ]
    assert writers == []


# --- sentences ----------------------------------------------------------------------------------------------------


def blanks(pattern):
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


def catalogs():
    return [prompts.catalog(tag) for tag in prompts.languages()]


def test_every_language_has_every_sentence_with_the_same_blanks():
    english = prompts.catalog("en")
    for other in catalogs():
        for part in ("voice", "text", "formats"):
            ours, theirs = getattr(english, part), getattr(other, part)
            assert set(ours) == set(theirs), (other.tag, part)
            assert {k: blanks(v) for k, v in ours.items() if v and theirs[k]} == {
                k: blanks(v) for k, v in theirs.items() if v and ours[k]
            }, (other.tag, part)
        assert len(other.words) == len(set(other.words)) == CODE_WORDS
        assert {t: set(m) for t, m in english.reads.items()} == {t: set(m) for t, m in other.reads.items()}


def test_every_sentence_that_the_code_names_exists_and_none_is_left_over():
    known = set(prompts.catalog("en").voice) | set(prompts.catalog("en").text)
    said = set()
    for path in sources():
        if path.relative_to(ROOT).parts[0] in ("dispatch", "voice", "models"):
            tree = ast.parse(path.read_text("utf-8"))
            said |= {
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    said |= {f"alert_{kind}" for kind in AlertKind}
    assert known - said == set()
    for path in (ROOT / "dispatch").glob("*.py"):
        if path.stem in ("founding", "passwords"):
            continue  # its refusals are read by whoever founds a community; the command line has their words
        for found in re.findall(r'Refusal\("(\w+)"', path.read_text("utf-8")):
            if found not in STAFF_ONLY:
                assert found in known, f"{path.name}: {found}"


# Refusals that only the board can cause; its own catalogs hold their words.
STAFF_ONLY = {"meal_has_its_time", "closed_already", "merge_same", "changed_meanwhile", "number_not_in_book", "cannot_be_texted", "over_the_limit", "not_enrolled", "month_not_over",
              "earlier_month_first", "ring_own_telephone", "ring_one_at_a_time", "ring_has_left", "forgotten_already", "merge_on_the_phone", "codes_on", "code_wrong", "paper_wrong", "codes_off", "not_invited", "invited_gone"}  # fmt: skip


def test_no_sentence_teaches_a_word_that_carriers_take_for_themselves():
    taught = re.compile(r"\b(?:text|reply|send|write)\s+([A-Za-z]+)", re.IGNORECASE)
    for each in catalogs():
        for sentence in (*each.text.values(), *each.voice.values()):
            assert not [w for w in taught.findall(sentence) if plain(w) in CARRIER_WORDS], sentence


def test_offers_by_text_are_one_segment():
    long = {"what": "errand", "name": "Elisabeth", "zone": "Riverside", "when": "tomorrow between 11:00 AM and 12:30 PM",
            "code": 1234}  # fmt: skip
    english = "Linli: " + prompts.catalog("en").text["offer"].format(**long)
    assert segments_of(english) == 1
    long = {"what": "跑腿", "name": "慧敏", "zone": "东里", "when": "明天11点00分到12点30分", "code": 1234}
    chinese = "【东里社区】" + prompts.catalog("zh-CN").text["offer"].format(**long)
    assert segments_of(chinese) == 1


def test_texts_in_english_keep_to_the_plain_alphabet():
    import gsm0338

    codec = gsm0338.Codec()
    for key, sentence in prompts.catalog("en").text.items():
        assert codec.encode(sentence), key


def test_every_menu_leads_everywhere_and_no_key_is_reserved_twice():
    for name, place in PLACES.items():
        assert place.gives_up in PLACES, name


def test_no_volunteers_offer_can_hold_an_address():
    for each in catalogs():
        for key in ("offer", "offer_round"):
            for table in (each.voice, each.text):
                assert not {"address", "door", "note", "phone", "word"} & blanks(table[key])


def test_texts_are_only_promised_never_sent_by_dispatch():
    assert telling.OFFERING == ("offer", "offer_round")
    for path in (ROOT / "dispatch").glob("*.py"):
        assert "requests." not in path.read_text("utf-8").replace("models.requests", ""), path.name
