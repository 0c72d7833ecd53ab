"""A code besides the password: six digits from an app on one's telephone, or one of ten on paper.

The paper is for the day the telephone is lost, or instead of an app for whoever has no telephone for one.

The codes are those of RFC 6238, which every such app knows: thirty seconds each. One step of the clock before and after
is let pass, and none opens twice.
"""

import hashlib
import secrets
import string
from datetime import datetime
from typing import Any, Protocol

import pyotp

from models.errors import Refusal
from models.people import Role, Staff
from models.places import Who

_STEP_SECONDS = 30
_SPARE = 10
# With so few left new ones are wanted: whoever has only paper comes in a few days with these.
_FEW, _FEW_ON_PAPER = 2, 4
# None that is taken for another when it is read from paper.
_LETTERS = [letter for letter in string.ascii_lowercase + string.digits if letter not in "il1o0"]
_SPARE_LENGTH = 10


def is_demanded(of: Who, role: Role) -> bool:
    """Must somebody with this role show more than a password, where the community demands it of these?"""
    return of is Who.EVERYBODY or (of is Who.COORDINATORS and role is Role.COORDINATOR)


class Codes(Protocol):
    """What is known of somebody's codes."""

    @property
    def code_secret(self) -> str | None: ...
    @property
    def codes_since(self) -> datetime | None: ...
    @property
    def spare_codes(self) -> list[Any]: ...


def begins_with_app(staff: Codes) -> bool:
    """Is a secret for an app there, of which no code was shown yet?"""
    return staff.codes_since is None and staff.code_secret is not None


def begins_with_paper(staff: Codes) -> bool:
    """Are codes on paper there, of which none was typed yet?"""
    return staff.codes_since is None and staff.code_secret is None and bool(staff.spare_codes)


def is_used_up(staff: Codes) -> bool:
    """Is a code asked for, and has this person none any more? Then the password opens, and new ones come first."""
    return staff.codes_since is not None and staff.code_secret is None and not staff.spare_codes


def are_few(staff: Codes) -> bool:
    """Should this person print new codes before the last ones are used?"""
    few = _FEW if staff.code_secret else _FEW_ON_PAPER
    return staff.codes_since is not None and len(staff.spare_codes) <= few


def prepare(staff: Staff) -> str:
    """A new secret for their app; it counts only once a code of it was shown. Refuses "codes_on" while one counts."""
    _give_up_what_is_used_up(staff)
    staff.spare_codes = []
    staff.code_secret = pyotp.random_base32()  # whoever has seen one that was never confirmed has seen nothing
    return staff.code_secret


def prepare_paper(staff: Staff) -> list[str]:
    """Ten codes for somebody without an app; they count only once one of them was typed. They are shown once.

    Refuses "codes_on" while something counts.
    """
    _give_up_what_is_used_up(staff)
    staff.code_secret = None
    return _new_spare_codes(staff)


def confirm_paper(staff: Staff, code: str, *, now: datetime) -> None:
    """The paper is there, for one of its codes was typed (it stays good). Else refuses "paper_wrong"."""
    if staff.codes_since is not None or _hashed(_plain(code)) not in staff.spare_codes:
        raise Refusal("paper_wrong")
    staff.codes_since = now


def renew(staff: Staff) -> list[str]:
    """Ten new codes on paper; the old ones open nothing any more. Refuses "codes_off" where none are asked for."""
    if staff.codes_since is None:
        raise Refusal("codes_off")
    return _new_spare_codes(staff)


def _give_up_what_is_used_up(staff: Staff) -> None:
    if is_used_up(staff):
        give_up(staff)
    if staff.codes_since is not None:
        raise Refusal("codes_on")


def address_of(staff: Staff) -> str:
    """What an app reads from the picture."""
    return pyotp.TOTP(staff.code_secret or "").provisioning_uri(name=staff.name, issuer_name="Linli")


def confirm(staff: Staff, code: str, *, now: datetime) -> list[str]:
    """From now on a code is asked for. Returns the ten for the day the telephone is lost: they are shown once.

    Refuses "code_wrong" when the app does not show that code.
    """
    if staff.codes_since is not None or not _is_of_the_app(staff, code, now=now):
        raise Refusal("code_wrong")
    staff.codes_since = now
    return _new_spare_codes(staff)


def is_right(staff: Staff, code: str, *, now: datetime) -> bool:
    """Does this code open? Whatever opens once does not again."""
    typed = _plain(code)
    if _is_of_the_app(staff, typed, now=now):
        return True
    kept = _hashed(typed)
    if kept not in staff.spare_codes:
        return False
    staff.spare_codes = [one for one in staff.spare_codes if one != kept]
    return True


def drop_what_was_begun(staff: Staff) -> None:
    """What was begun and not shown to be there is nothing any more: whoever began it may not have been she."""
    if staff.codes_since is None:
        give_up(staff)


def give_up(staff: Staff) -> None:
    """The password alone opens again."""
    staff.code_secret, staff.codes_since, staff.last_code, staff.spare_codes = None, None, 0, []


def _is_of_the_app(staff: Staff, code: str, *, now: datetime) -> bool:
    if not staff.code_secret or not (code.isascii() and code.isdigit() and len(code) == 6):
        return False
    app, step = pyotp.TOTP(staff.code_secret), int(now.timestamp()) // _STEP_SECONDS
    for one in (step, step - 1, step + 1):
        if one > staff.last_code and secrets.compare_digest(app.generate_otp(one), code):
            staff.last_code = one
            return True
    return False


def _new_spare_codes(staff: Staff) -> list[str]:
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_SPARE_LENGTH)) for _ in range(_SPARE)]
    staff.spare_codes = [_hashed(code) for code in codes]
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _plain(code: str) -> str:
    """However it was typed or written down."""
    return "".join(code.split()).replace("-", "").casefold()


def _hashed(code: str) -> str:
    """Fifty random bits need no slow hash."""
    return hashlib.sha256(code.encode()).hexdigest()
