"""Finding people by any part of a name, an address, or the digits of a number in any notation."""

import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Contact, Resident, Staff, Volunteer
from models.places import Community

Kind = TypeVar("Kind", Resident, Volunteer)


def find_people(
    session: Session, community: Community, kind: type[Kind], wanted: str, *, most: int, skip: int = 0
) -> Sequence[Kind]:
    """Residents or volunteers whom these words mean, every word of them; all of them when there are no words."""
    query = sa.select(kind).where(kind.community_id == community.id)
    for word in unicodedata.normalize("NFKC", wanted).split()[:6]:
        query = query.where(_matches(kind, word))
    digits = _digits(wanted)
    if len(digits) >= 3:  # "010 5555 1004" is one number, not three words
        by_words = query.with_only_columns(kind.id).scalar_subquery()
        fits = kind.id.in_(by_words) | _has_digits(kind, digits)
        query = sa.select(kind).where(kind.community_id == community.id, fits)
    return session.scalars(query.order_by(kind.name, kind.id).limit(most).offset(skip)).all()


def numbers_meant(community: Community, number: Any, wanted: str) -> sa.ColumnElement[bool]:
    """Does `number` (a column) belong to somebody with such a name, or look like it?"""
    words = unicodedata.normalize("NFKC", wanted).split()[:6]
    columns = (Resident.phone, Resident.other_phone, Volunteer.phone, Volunteer.other_phone, Staff.phone)
    hers = [
        sa.select(column).where(
            column.class_.community_id == community.id,
            *(column.class_.name.icontains(word, autoescape=True) for word in words),
        )
        for column in columns
    ]
    contacts = sa.select(Contact.phone).join(Resident).where(
        Resident.community_id == community.id, *(Contact.name.icontains(word, autoescape=True) for word in words)
    )  # fmt: skip
    fits = sa.or_(*(number.in_(names) for names in (*hers, contacts)))
    digits = _digits(wanted)
    return fits | number.contains(digits) if len(digits) >= 3 else fits


def _matches(kind: type[Resident] | type[Volunteer], word: str) -> sa.ColumnElement[bool]:
    found = kind.name.icontains(word, autoescape=True)
    if kind is Resident:
        found |= Resident.address.icontains(word, autoescape=True)
        found |= Resident.contacts.any(Contact.name.icontains(word, autoescape=True))
    digits = _digits(word)
    if len(digits) >= 2:
        found |= _has_digits(kind, digits)
    return found


def _has_digits(kind: type[Resident] | type[Volunteer], digits: str) -> sa.ColumnElement[bool]:
    return kind.phone.contains(digits) | sa.func.coalesce(kind.other_phone, "").contains(digits)


def _digits(written: str) -> str:
    """The digits as they stand in an E.164 number: without the leading zeros people dial at home."""
    plain = unicodedata.normalize("NFKC", written)
    if any(c.isalpha() for c in plain):
        return ""
    return "".join(c for c in plain if c.isdigit()).lstrip("0")
