"""Finding people by any part of a name, an address or a contact, as it is written, typed or heard, or by a number.

Everybody of the community is looked at for each question: a few thousand names are read in less time than the page
takes to be drawn, and nothing is stored that could be out of date.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dispatch.likeness import Fit, Written, by_ear, can_slip, fit, slips_of, with_a_slip, written
from models.people import TITLES, Contact, Resident, Staff, Volunteer
from models.phones import NotANumber, region_of, to_e164
from models.places import Community

Kind = TypeVar("Kind", Resident, Volunteer)
_MOST_WORDS = 8
# A family name with what one says to older people, or to anybody.
_TITLED = re.compile(
    r"[老小阿](?P<old>[\u4e00-\u9fff])"
    r"|(?P<named>[\u4e00-\u9fff]{1,2})(?:先生|女士|小姐|太太|阿姨|大爷|大妈|大叔|奶奶|爷爷|婆婆|公公|师傅|老师|医生|阿婆|阿伯)"
)
_ELSEWHERE = 10  # whatever fits only into an address or into a contact comes after what fits into a name
_LAST_DIGITS = 4
Score = tuple[int, int]


@dataclass(slots=True)
class _Known:
    """What somebody can be found by."""

    id: int
    called: str
    name: Written
    phones: list[str]
    elsewhere: list[Written] = field(default_factory=list)
    phones_elsewhere: list[str] = field(default_factory=list)

    @property
    def texts(self) -> tuple[Written, ...]:
        """All words they are known by."""
        return (self.name, *self.elsewhere)


@dataclass(frozen=True)
class _Word:
    """One word that was typed: as it is compared, its digits if it is a number, and what it may be with a slip."""

    written: Written
    digits: str
    slips: frozenset[str] = frozenset()
    is_forgiven: bool = False


@dataclass(frozen=True)
class _Asked:
    """What was typed: all of it as one, and each word of it."""

    raw: str
    whole: _Word
    words: tuple[_Word, ...]

    @property
    def can_be_forgiven(self) -> bool:
        """Is there anything in it that may be meant otherwise?"""
        return any(word.written.syllables or can_slip(word.written) for word in (self.whole, *self.words))

    def forgiven(self, everybody: Sequence[_Known]) -> "_Asked":
        """The same, with what may be meant by it."""
        vocabulary = {word for one in everybody for text in one.texts for word in (*text.words, *text.spelt)}
        return _Asked(self.raw, _forgiven(self.whole, vocabulary), tuple(_forgiven(w, vocabulary) for w in self.words))


def find_people(
    session: Session,
    community: Community,
    kind: type[Kind],
    wanted: str,
    *,
    most: int,
    skip: int = 0,
    is_forgiving: bool = True,
) -> Sequence[Kind]:
    """Residents or volunteers whom these words mean, every word of them, the best first; everybody for no words.

    Slips are forgiven only when nobody is found without.
    """
    ours = sa.select(kind).where(kind.community_id == community.id, kind.forgotten_at.is_(None))
    if not wanted.strip():
        return session.scalars(ours.order_by(kind.name, kind.id).limit(most).offset(skip)).all()
    everybody = _known(session, community, kind)
    places = _places(everybody, _asked(community, wanted), is_forgiving=is_forgiving)
    shown = [everybody[place].id for place in places[skip : skip + most]]
    rows = {row.id: row for row in session.scalars(sa.select(kind).where(kind.id.in_(shown)))}
    return [rows[row_id] for row_id in shown if row_id in rows]  # who was merged meanwhile is not there any more


def numbers_meant(session: Session, community: Community, number: Any, wanted: str) -> sa.ColumnElement[bool]:
    """Does `number` (a column) belong to somebody with such a name, or look like it?"""
    asked = _asked(community, wanted)
    everybody = [
        *_known(session, community, Resident), *_contacts(session, community), *_known(session, community, Volunteer),
        *_staff(session, community),
    ]  # fmt: skip
    for one in everybody:
        one.elsewhere, one.phones_elsewhere = [], []  # a contact's number is the contact's; an address writes nothing
    found = set(_places(everybody, asked, is_forgiving=True))
    phones = sorted({phone for place in found for phone in everybody[place].phones})
    # Written out: a word that half the town has would need more parameters than a database takes.
    hers: sa.ColumnElement[bool] = number.in_(
        sa.bindparam("numbers", phones, type_=sa.String, expanding=True, literal_execute=True)
    )
    digits = asked.whole.digits.lstrip("0")
    return hers | number.contains(digits) if len(digits) >= 3 else hers


def _places(everybody: Sequence[_Known], asked: _Asked, *, is_forgiving: bool) -> list[int]:
    """Who is meant, by their places in that list, the best first."""
    found = _scored(everybody, asked)
    if is_forgiving and not found and asked.can_be_forgiven:
        found = _scored(everybody, asked.forgiven(everybody))
    return [place for _, _, _, place in sorted(found)]


def _scored(everybody: Sequence[_Known], asked: _Asked) -> list[tuple[Score, str, int, int]]:
    scores = ((_score(one, asked), one, place) for place, one in enumerate(everybody))
    return [(score, one.called, one.id, place) for score, one, place in scores if score is not None]


def _score(one: _Known, asked: _Asked) -> Score | None:
    """How well they fit: the worst word counts first, then all together; the best way of reading what was typed."""
    as_one = _fit(one, asked.whole, least=3)
    if as_one is None and asked.raw in one.called.casefold():
        as_one = Fit.PART
    best = None if as_one is None else (as_one, as_one)
    worst = total = 0
    for word in asked.words:
        score = _fit(one, word, least=2)
        if score is None:
            return best
        worst, total = max(worst, score), total + score
    by_words = (worst, total) if asked.words else None
    return min((score for score in (best, by_words) if score is not None), default=None)


def _fit(one: _Known, word: _Word, *, least: int) -> int | None:
    best: int | None = fit(word.written, one.name)
    if best is None and (word.is_forgiven or len(word.written.syllables) > 1):
        best = _kindly(word, one.name)
    if len(word.digits) >= least:
        best = _better(best, _by_number(one, word.digits))
    if best is not None:
        return best
    for text in one.elsewhere:
        score = fit(word.written, text, is_name=False)
        if score is None and word.is_forgiven:
            score = _kindly(word, text)
        if score is not None:
            best = _better(best, score + _ELSEWHERE)
    return best


def _kindly(word: _Word, text: Written) -> Fit | None:
    found = by_ear(word.written, text)
    return with_a_slip(word.slips, text) if found is None and word.slips else found


def _forgiven(word: _Word, vocabulary: set[str]) -> _Word:
    return replace(word, slips=slips_of(word.written, vocabulary), is_forgiven=True)


def _better(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _by_number(one: _Known, digits: str) -> int | None:
    best: int | None = None
    for phone in one.phones:
        best = _better(best, _number_fits(phone, digits))
    for phone in one.phones_elsewhere if best is None else ():
        score = _number_fits(phone, digits)
        best = best if score is None else _better(best, score + _ELSEWHERE)
    return best


def _number_fits(phone: str, digits: str) -> Fit | None:
    if phone[1:] == digits:
        return Fit.WHOLE
    if phone.endswith(digits) and len(digits) >= _LAST_DIGITS:
        return Fit.BEGINS
    # People dial leading zeros at home that no number has abroad.
    return Fit.PART if (inner := digits.lstrip("0")) and len(inner) >= 2 and inner in phone else None


def _asked(community: Community, wanted: str) -> _Asked:
    typed = [_without_title(word) for word in wanted.split()][:_MOST_WORDS]
    typed = [word for word in typed if word] or wanted.split()[:_MOST_WORDS]
    words = [_Word(written(word), _digits(word)) for word in typed]
    whole = _Word(written(" ".join(typed)), _number(wanted, region_of(community.number)))
    is_one = len(words) == 1 and len(words[0].digits) < 2
    return _Asked(
        wanted.strip().casefold(), whole, () if is_one else tuple(word for word in words if word.written.joined)
    )  # fmt: skip


def _without_title(word: str) -> str:
    """ "老李", "李先生" and "Mrs." are how one speaks of somebody: 李, 李, nothing."""
    if word.casefold().rstrip(".") in TITLES:
        return ""
    found = _TITLED.fullmatch(word)
    return (found["old"] or found["named"]) if found else word


def _number(wanted: str, region: str) -> str:
    """The digits of an E.164 number, or as many as were typed of one; "" when it is none."""
    if not _digits(wanted):
        return ""
    try:
        return to_e164(wanted, region)[1:]
    except NotANumber:
        return _digits(wanted.replace("(0)", ""))


def _digits(typed: str) -> str:
    """The digits in any script; "" when there are letters."""
    plain = unicodedata.normalize("NFKC", typed)
    if any(c.isalpha() for c in plain):
        return ""
    return "".join(str(unicodedata.decimal(c)) for c in plain if c.isdecimal())


def _known(session: Session, community: Community, kind: type[Resident] | type[Volunteer]) -> list[_Known]:
    address: Any = Resident.address if kind is Resident else sa.literal("")
    columns = (kind.id, kind.name, kind.phone, kind.other_phone, address)
    found = {}
    for row_id, name, phone, other, lives in session.execute(
        sa.select(*columns).where(kind.community_id == community.id, kind.forgotten_at.is_(None))
    ):
        found[row_id] = _Known(
            row_id, name, written(name), _some([phone, other]), [written(text) for text in _some([lives])]
        )
    if kind is Resident:
        hers = sa.select(Contact.resident_id, Contact.name, Contact.phone).join(Contact.resident)
        for resident_id, name, phone in session.execute(hers.where(Resident.community_id == community.id)):
            if one := found.get(resident_id):  # who was entered or forgotten between the two questions is not there
                one.elsewhere.append(written(name))
                one.phones_elsewhere += _some([phone])
    return list(found.values())


def _contacts(session: Session, community: Community) -> list[_Known]:
    theirs = sa.select(Contact.id, Contact.name, Contact.phone).join(Contact.resident)
    rows = session.execute(theirs.where(Resident.community_id == community.id))
    return [_Known(row_id, name, written(name), _some([phone])) for row_id, name, phone in rows]


def _staff(session: Session, community: Community) -> list[_Known]:
    rows = session.execute(sa.select(Staff.id, Staff.name, Staff.phone).where(Staff.community_id == community.id))
    return [_Known(row_id, name, written(name), _some([phone])) for row_id, name, phone in rows]


def _some(values: Iterable[str | None]) -> list[str]:
    return [value for value in values if value]
