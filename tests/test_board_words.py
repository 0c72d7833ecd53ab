"""Every sentence in both languages, and no key that is not in the catalogs."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from board_town import MORNING, build_town

import dispatch.board
from dispatch import blanks, guide, ranking
from dispatch.board import lanes
from dispatch.board.desk import TROUBLES
from dispatch.board.lanes import Lane
from dispatch.board.pages import helping, known, looks, money, parts, people, saying, services
from dispatch.board.words import LANGUAGES, Wall, words_of
from dispatch.figures import Step
from dispatch.lists.words import languages
from dispatch.looking import Came, Decision
from models.fates import Fate
from models.jobs import Channel, OfferState
from models.lifecycle import MOVES, State
from models.logins import What
from models.nearness import Vehicle
from models.people import AbsenceKind, Consent, Role
from models.places import LAST_RUNG, RUNGS, WEEKDAYS, Community, Who
from models.requests import MealFate, Source
from models.tasks import AlertKind
from models.traffic import Delivery, Outcome
from voice.suggesting import SUGGESTIONS
from voice.teaching import TEACHABLE

HOUSE = Path(dispatch.board.__file__).parents[2]
BOARD = Path(dispatch.board.__file__).parent
CATALOGS = {tag: BOARD / "locale" / folder / "LC_MESSAGES" / "board.po" for tag, folder in LANGUAGES.items()}
# Keys that are put together: "state." ~ row.state. Each family with all its members.
FAMILIES = {
    "state.": list(State), "lane.": list(Lane), "empty.": list(Lane), "alert.": list(AlertKind),
    "absence.": list(AbsenceKind), "consent.": list(Consent), "enrol.": list(people.CONSENTS), "role.": list(Role),
    "source.": list(Source), "offer.": list(OfferState), "channel.": list(Channel), "delivery.": list(Delivery),
    "outcome.": list(Outcome), "weekday.": list(WEEKDAYS), "act.": [*helping.ACTS, *helping.JOB_ACTS],
    "told.": [*helping.ACTS, *helping.JOB_ACTS, *(f"step_{came}" for came in Came), *(f"decided_{one}" for one in Decision), "week_closed", "week_not_cooked", "week_late", "week_nothing", "settings_saved", "set_back", "news_added", "news_ended", "me_password", "me_codes_off", "me_logins_ended"],
    "vehicle.": list(Vehicle), "candidate.": [*ranking._HINDRANCES, *ranking._MERITS, *ranking._DEMERITS],
    "event.": [*MOVES, "place", "retime", "change", "decline", "too_late", "worry", "yes_but", "late", "has_come", "was_good", "was_not_good", "rings", "spoke", "rang_in_vain", "money", "note", "tried", "decided", "fate",
               "release_held", "drop_held", "lift_limit", "all_right", "number_works", "keep_apart", "let_together", "walk", "moved", "prompt_kept", "prompt_taken", "withdraw", "consent", "export", "list", "pin_wrong", "pin_refused", "close_day", "open_day", "merge", "tell_apart", "forget", "own_file", "codes_on", "codes_off", "password", "logins_ended", "codes_new", "login_email"],
    "what.": list(What), "how.": ["password", "code", "spare", "provider", "provider_second"], "codes_for.": list(Who),
    "login.told.": ["password_set", "idle", "longest"],
    "perhaps.": list(SUGGESTIONS),
    "decide.": list(Decision), "fate.": list(MealFate), "steps.": list(Came),
    "reply.": [means for many in TEACHABLE.values() for means in many], "word.who.": list(TEACHABLE),
    "word.": ["number", "carrier", "question", "known.already", "taken"],
    "heard.": ["help", "unwell", "blocked", "person", "meals", "meal", "news"],
    "recorded.": ["dishes", "news", "sentences"],
    "field.": [*services.PATIENCE, "helpers", *services.NEEDS, "hours_from", "hours_until", "own_quiet_from", "own_quiet_until", "speaks", "limit", "kitchen", "segment_price", "minute_price", "day_limit_money", "day_limit_units"],
    "why.": ["withdrawn", "kitchen_closed", "merged"],
    "joined.": ["waits", "goes_on", "spoke", "moment", "in_vain", "not_taken", "taken_back"],
    "refusal.": [*(f"ring_{why}" for why in ("no_phone", "not_enrolled", "gone", "opted_out", "unreachable", "other_country", "dear_number", "absent", "asleep", "often", "same_number")),
                 "other_country", "dear_number", "merge_two_orders", "merge_away", "merge_both_asked", "merge_on_the_phone"],
    "rung.": [*RUNGS, LAST_RUNG],
    "stops.": [*lanes._OUTCOMES], "fault.": ["400", "401", "403", "404", "405", "500", "503", "csrf"],
    "eaten.": ["ordered", "called_off", "cooked", "delivered", "on_time", "neighbour", "given_away", "wasted", "open", "not_good"],
    "became.": [fate for fate in Fate if fate is not Fate.DELIVERED], "sign_of.": list(money.SIGNS),
    "charges.": ["name", "phone", "zone", "meals", "price", "subsidy", "corrected", "carried", "owed", "changed"],
    "line.problem.": [
        "no_menu", "no_portions", "absent", "already", "not_that_dish", "no_dish", "off_none", "off_several",
        "away_past", "not_away", "no_service", "double", "over",
    ],
    "nav.": ["home", "enter", "people", "meals", "texts", "calls", "alerts", "news", "settings", "keeping", "sheet", "morning"],
    "language.": list(languages()), "call.": ["in", "out"], "text.": ["in", "out"],
    "number.": list(TROUBLES), "made.": ["message", "too_often", "unknown", "crowd", "practice", "stop", "start", "thanks", "asked", "refused", "answered", "heard",
              "came_while_down", "our_fault"],
    "error.": ["no_phone", "not_enrolled", "dropped", "other_country", "dear_number"],
    "figures.": ["accept", "met", "meals", "sent", "jobs", "median", "ninetieth", "wanted", "unmet", "delivered", "wasted", "called_off", "texts", "segments", "rung", "minutes_rung", "cost", "portions", "load_jobs", "load_people",
                 *(f"by.{step}" for step in Step), *(f"fate.{fate}" for fate in Fate), *(f"key.{key}" for key in ["median", "ninetieth", "answered", "unfinished", "missed", "delivered", "wasted", "unmet", "segments", "minutes"])],
    "guide.": [
        *(key for key in guide.KEYS), *(f"{key}.{part}" for key in guide.KEYS for part in ("why", "do", "yet", "done")),
        *(f"{key}.{word}" for key, word in guide.MORE_WORDS.items()),
    ],
    "saw.": list(looks.KINDS),
    "who.": ["clock", "operator", "staff", "volunteer", "resident", "contact", "kitchen"],
    "twice_why.": ["same_number", "same_address", "near_number"], "twice.left.": ["no", "yes"],
    "holds.": ["absences", "alerts", "callbacks", "calls", "contacts", "corrections", "help_requests", "jobs", "messages",
               "never_together", "offers", "standing_orders", "statements"],
    "changed.": [*known._CHANGES],
    "absence_do.": [*AbsenceKind],
}  # fmt: skip
TAILS = {"alert.": ".do", "fault.": ".do", "number.": ".do"}

_FIELD = re.compile(r'(?:m\.field|form\.(?:words|phone|number|whole|time|day|money|one_of|place|birthday))\(\s*"(\w+)"')


def keys_used():
    """Every key that a template or a line of Python names."""
    pattern = re.compile(
        r"""\b(?:t|n)\(\s*["']([a-z][\w.-]*[\w-])["']\s*[,)]|_wrong\("([\w.]+)"|login_page\(board, "([\w.]+)"|telling?\("(\w+)"\)"""
    )
    used = set()
    for path in [*BOARD.rglob("*.html"), *BOARD.rglob("*.py")]:
        for found in pattern.finditer(path.read_text()):
            used |= {key for key in found.groups() if key}
        used |= {f"told.{key}" for key in re.findall(r'desk\.tell(?:_how_many)?\("(\w+)"', path.read_text())}
        used |= {f"field.{key}" for key in _FIELD.findall(path.read_text())}
    for family, members in FAMILIES.items():
        used |= {f"{family}{member}" for member in members}
    for family, tail in TAILS.items():
        used |= {f"{family}{member}{tail}" for member in FAMILIES[family]}
    used |= {*parts.LABELS.values(), *saying._LABELS.values(), *saying._PARTS.values()}
    used |= {f"act.{verb}.{part}" for verb, act in helping.ACTS.items() if act.asks for part in ("sure", "do")}
    return used


def refusals():
    """Every reason with which what the board calls may refuse."""
    rooms = [HOUSE / "models", HOUSE / "dispatch"]
    files = [path for room in rooms for path in room.glob("*.py") if path.name not in ("founding.py", "passwords.py")]
    text = "\n".join(path.read_text() for path in files)
    hindered = re.findall(r'(?:return|else) "(\w+)"', (HOUSE / "dispatch" / "telling.py").read_text())
    return set(re.findall(r'(?:Refusal|SomebodyWasFaster)\("(\w+)"', text)) | set(hindered)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_sentence_that_a_page_names_is_there(tag):
    missing = keys_used() - words_of(tag).keys
    assert not missing, sorted(missing)


def test_what_is_counted_in_one_language_is_counted_in_the_other():
    counted = {
        tag: set(re.findall(r'^msgid_plural "(.+)"$', CATALOGS[tag].read_text(), re.MULTILINE)) for tag in CATALOGS
    }
    assert len(set(map(frozenset, counted.values()))) == 1, counted["en"] ^ counted["zh-CN"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_refusal_and_every_reason_has_its_sentence(tag):
    missing = {f"refusal.{reason}" for reason in refusals()} - words_of(tag).keys
    assert not missing, sorted(missing)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_callback_of_the_telephone_line_has_its_sentence(tag):
    voice = "\n".join(path.read_text() for room in ("voice", "dispatch") for path in (HOUSE / room).glob("*.py"))
    whys = {"unfinished", "asked_for_person", "message", *re.findall(r'callback\([^)]*?why="(\w+)"', voice, re.DOTALL)}
    assert {f"callback.{why}" for why in whys} <= words_of(tag).keys


def test_both_catalogs_are_complete_and_alike():
    catalogs = {tag: read_po(path.open("rb"), locale=LANGUAGES[tag]) for tag, path in CATALOGS.items()}
    blanks_of = {}
    for tag, catalog in catalogs.items():
        for message in catalog:
            if not message.id:
                continue
            said = [message.string] if isinstance(message.string, str) else list(message.string)
            assert all(said), f"{tag}: {message.id} has no words"
            assert not message.fuzzy, message.id
            key = message.id if isinstance(message.id, str) else message.id[0]
            found = sorted(set(re.findall(r"\{(\w+)\}", " ".join(said))))
            assert blanks_of.setdefault(key, found) == found, f"{key}: other blanks in {tag}"
    assert words_of("en").keys == words_of("zh-CN").keys


def test_no_sentence_is_there_for_nothing():
    families = (
        *FAMILIES,
        "day.",
        "refusal.",
        "callback.",
        "why.",
        "detail.",
        "outcome.",
        "error.",
        "who.",
        "candidate.",
        "pace.",
    )
    idle = {key for key in words_of("en").keys - keys_used() if not key.startswith(families)}
    assert not idle, sorted(idle)


def test_chinese_is_really_chinese():
    plain = {"language.en", "language.es", "placed", "sign.comma", "sign.list", "sign.colon", "sign.role"}
    for key in words_of("zh-CN").keys - plain:
        words = words_of("zh-CN")
        many = str(words.catalog.ngettext(key, key, 2))
        said = many if "{count}" in many else str(words.catalog.gettext(key))
        assert re.search(r"[\u4e00-\u9fff]", said), f"{key}: {said}"


@pytest.mark.parametrize(
    ("tag", "count", "said"),
    [
        ("en", 1, "1 portion"),
        ("en", 2, "2 portions"),
        ("en", 0, "0 portions"),
        ("zh-CN", 1, "1 份"),
        ("zh-CN", 5, "5 份"),
    ],
)
def test_plurals_are_right(tag, count, said):
    assert words_of(tag).n("portions", count) == said


@pytest.mark.parametrize(
    ("tag", "served"), [("zh", "zh-CN"), ("zh-Hans-CN", "zh-CN"), ("yue", "zh-CN"), ("fr", "en"), ("en-GB", "en")]
)
def test_every_language_is_served_by_its_nearest(tag, served):
    assert words_of(tag).tag == served


@pytest.mark.parametrize(
    ("blank", "english", "chinese"),
    [
        (blanks.clock(MORNING), "09:00", "09:00"),
        (blanks.moment(MORNING + timedelta(days=1)), "tomorrow 09:00", "明天 09:00"),
        (blanks.span(MORNING, MORNING + timedelta(hours=2)), "today 09:00–11:00", "今天 09:00–11:00"),
        (blanks.day((MORNING + timedelta(days=9)).date()), "Wed, Dec 2", "12月2日周三"),
        (blanks.names({"en": "errand", "zh-CN": "跑腿"}), "Errand", "跑腿"),
        (blanks.number("+861055551004"), "010 5555 1004", "010 5555 1004"),
        (blanks.money(1250), "12.50", "12.50"),
        ("plain <b>", "plain <b>", "plain <b>"),
        ({"$new": 1}, "", ""),
    ],
)
def test_blanks_of_promised_sentences_are_shown(blank, english, chinese):
    community = Community(timezone="Asia/Shanghai")
    assert Wall(words_of("en"), community, MORNING).said(blank) == english
    assert Wall(words_of("zh-CN"), community, MORNING).said(blank) == chinese


def test_a_name_from_right_to_left_does_not_turn_the_sentence():
    said = words_of("en").t("told.saved", name="دانا")
    assert said == "\u2068دانا\u2069 is saved."
    assert words_of("en").t("told.saved", name="Rose {x}") == "Rose {x} is saved."


@pytest.mark.parametrize("tag", LANGUAGES)
def test_pages_never_ask_for_a_sentence_that_does_not_exist(tmp_path, caplog, tag):
    town = build_town(tmp_path)
    request = town.errand()
    town.lunch("gao")
    town.wait(minutes=12)
    browser = town.browser(language=tag)
    with caplog.at_level(logging.ERROR):
        for path in (
            "/",
            f"/requests/{request}",
            f"/enter?resident={town.ids['rose']}",
            "/people",
            "/meals",
            *(f"/settings/{part}" for part in parts.LABELS),
            "/settings/changes",
        ):
            browser.see(path)
    assert not caplog.records
