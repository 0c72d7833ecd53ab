"""What breaks a limit for a reason: since when, where, for whom, why, and how far. No more than that is excused.

An excuse that is not needed any more fails the tests as well: then it is to be struck out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from math import inf

from menus.limits import Wrong


@dataclass(frozen=True)
class Excuse:
    """`place` (a pattern) and `caller` narrow it down; an empty caller means any. `most` is how far the limit may be broken."""

    since: date
    limit: str
    place: str
    why: str
    caller: str = ""
    most: float = inf
    languages: tuple[str, ...] = ()

    def covers(self, limit: str, wrong: Wrong, language: str) -> bool:
        """Is this what it is about?"""
        return (
            limit == self.limit
            and fnmatchcase(wrong.place, self.place)
            and self.caller in ("", wrong.caller)
            and wrong.amount <= self.most
            and (not self.languages or language in self.languages)
        )


_DAY = date(2026, 11, 24)
_OPTIONS, _SECONDS, _RESERVED = (
    "at most 4 options",
    "at most 20 seconds in one go",
    "0, 8, 9 and * mean the same everywhere",
)
_USUAL, _AGAIN = "the usual in at most 25 seconds", "the second time in other words"
_VOLUNTEERS = "Volunteers answer by the keys that they know from texts (3 done … 6 worried); they are not the elders."
_BOTH = "Who is a resident and a volunteer hears of her volunteer work too, as the fifth."
_STATUS = "Whoever has ordered is told so before the menu, which is what most ring for."

_STAFF = "Staff record here what the line says, digit by digit; they are not the elders."
_COUNT = "What is to be cooked is written down by whoever cooks, dish by dish; they are not the elders."
_SPAN = "A span of time takes more words in Spanish."
_SPANISH = ("es",)

EXCUSES: tuple[Excuse, ...] = (
    *(Excuse(_DAY, _OPTIONS, place, _VOLUNTEERS, most=8) for place in ("volunteer", "job_note", "told")),
    *(
        Excuse(_DAY, _OPTIONS, place, _BOTH, caller="a resident who volunteers", most=5)
        for place in ("main", "more", "usual")
    ),
    Excuse(_DAY, _OPTIONS, "news", "Practice and what only she may hear stand behind the news, where nobody meets them by mistake.", most=7),
    Excuse(_DAY, _OPTIONS, "help", "The key for \"I am not well\" stands beside the services, last.", most=5),
    Excuse(_DAY, _OPTIONS, "meals", "Later days, what is so every weekday and a late wish follow up to three meals.", most=6),
    Excuse(_DAY, _OPTIONS, "away_days", "A number of days is asked for, and there is nothing to remember.", most=7),
    Excuse(_DAY, _OPTIONS, "stranger", "Any key does: it shows that somebody is there.", most=8),
    *(Excuse(_DAY, limit, "studio*", _STAFF) for limit in (_OPTIONS, _RESERVED, _AGAIN, "the choice before its key")),
    Excuse(_DAY, "every key that is offered works", "studio_now", "The sentence that is to be recorded is read out."),
    Excuse(_DAY, "silence ends", "studio_take", "Whoever has recorded waits for it to come.", most=9),
    Excuse(_DAY, "at most 2 menus deep", "has_one", "Asked so that nobody has two by accident.", most=3),
    *(Excuse(_DAY, _RESERVED, place, _VOLUNTEERS) for place in ("volunteer", "job_note", "told")),
    Excuse(_DAY, _RESERVED, "away_days", "8 is \"until I ring again\", beside up to seven days."),
    Excuse(_DAY, _RESERVED, "stranger", "Any key does: it shows that somebody is there."),
    Excuse(_DAY, "words of a menu", "volunteer", _VOLUNTEERS, most=72),
    Excuse(_DAY, "words of a menu", "mine", _SPAN, most=50, languages=_SPANISH),
    *(
        Excuse(_DAY, "words of a sentence", place, _SPAN, most=22, languages=_SPANISH)
        for place in ("mine", "more", "offered", "told", "volunteer", "yours")
    ),
    Excuse(_DAY, _SECONDS, "volunteer", _VOLUNTEERS, most=40),
    Excuse(_DAY, _SECONDS, "main", _STATUS, most=29),
    Excuse(_DAY, _SECONDS, "usual", "Why we ring is said first in a call that we place, and that it is practice.", most=22),
    Excuse(_DAY, _SECONDS, "mine", "What she has, how it stands, and what can be done about it.", most=23),
    Excuse(_DAY, _SECONDS, "told", "Who comes, when, and the word at the door are one piece of news.", most=21, languages=("yue",)),
    *(Excuse(_DAY, _SECONDS, place, _COUNT, most=40) for place in ("counted", "kitchen")),
    Excuse(_DAY, _USUAL, "usual", "That it is practice is said before and after.", caller="a resident who practises", most=34),
    Excuse(_DAY, _USUAL, "resume", "Whoever was cut off is asked first whether to go on."),
    *(
        Excuse(_DAY, _USUAL, "usual", why, caller=caller, most=28, languages=("zh-CN", "es", "yue"))
        for caller, why in (
            ("a resident whose usual may not suit", "That it may not suit her is said in full."),
            ("a resident whose usual is for two", "How many portions is said in full."),
            ("a daughter who calls for her", "For whom she calls is said first."),
        )
    ),
    Excuse(_DAY, "silence ends", "resume", "Silence leads to her usual, then the menu, then a person.", most=4),
    *(Excuse(_DAY, _AGAIN, place, "A call of ours that nobody heard is tried again.") for place in ("told", "offered", "asked_after", "counted")),
)  # fmt: skip


def without_excuse(limit: str, found: Iterable[Wrong], language: str) -> list[str]:
    """What is wrong and has no excuse, in words."""
    return [str(one) for one in found if not any(excuse.covers(limit, one, language) for excuse in EXCUSES)]
