"""What is printed for people to keep: the card beside the telephone, for whoever rings us and for whoever helps."""

from dispatch.board.desk import Desk
from models.people import Resident, Volunteer
from models.phones import is_landline


def card(desk: Desk, row_id: int) -> str:
    """A resident's card, in her language; what can be written only where her telephone takes texts."""
    row = desk.find(Resident, row_id)
    printed = desk.board.cards.of(row.language, desk.community.emergency_number)
    return desk.page("card", row=row, card=printed, can_text=_can_text(row.phone), back="board.resident")


def helper_card(desk: Desk, row_id: int) -> str:
    """A volunteer's card, in her language."""
    row = desk.find(Volunteer, row_id)
    printed = desk.board.cards.of_helper(row.language)
    return desk.page("card", row=row, card=printed, can_text=True, back="board.volunteer")


def _can_text(phone: str | None) -> bool:
    return bool(phone) and not is_landline(phone or "")
