"""For whom a deed of the menus is done, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.telling import Sentence
from models.errors import Refusal
from models.people import Resident, Volunteer
from models.places import Community
from models.requests import Source
from models.traffic import Call, Message, Outcome
from voice.talk import Talk


@dataclass(frozen=True)
class Doing:
    """For whom and when a deed is done."""

    community: Community
    caller: str | None
    talk: Talk
    source_key: str  # the turn or the text: what makes it happen once
    now: datetime
    resident: Resident | None = None
    volunteer: Volunteer | None = None
    call: Call | None = None
    message: Message | None = None
    contact_id: int | None = None  # who calls for the resident

    @property
    def who(self) -> str:
        """For the history."""
        if self.contact_id is not None:
            return f"contact {self.contact_id}"
        if self.resident is not None:
            return f"resident {self.resident.id}"
        return f"volunteer {self.volunteer.id}" if self.volunteer else "caller"

    @property
    def volunteer_who(self) -> str:
        """For the history of what is done as a volunteer, by somebody who may be a resident too."""
        return f"volunteer {self.volunteer.id}" if self.volunteer else "caller"

    @property
    def source(self) -> Source:
        """How it came to us."""
        return Source.SMS if self.talk.medium == "text" else Source.VOICE

    def someone(self) -> Resident:
        """The resident, without whom nothing can be ordered."""
        if self.resident is None:
            raise Refusal("no_such_service")
        return self.resident


@dataclass(frozen=True)
class Done:
    """What came of a deed: what is said, what the call has become, and what the talk goes on with."""

    says: tuple[Sentence, ...] = ()
    outcome: Outcome | None = None
    picks: dict[str, Any] | None = None
    resident_id: int | None = None
    pace: int | None = None
    is_practice: bool | None = None  # from here on, or no longer
    language: str = ""  # the talk goes on in this one
