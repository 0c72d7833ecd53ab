"""The values of a conversation: where it rests, what was heard, what is said next. Nothing here does anything."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from dispatch.telling import Sentence
from models.traffic import Outcome
from voice.certainty import Certainty
from voice.prompts import Medium


@dataclass(frozen=True)
class Talk:
    """Where a conversation rests between two turns. Kept as JSON in its row."""

    place: str = "start"
    medium: Medium = "voice"
    language: str = "en"
    resident_id: int | None = None
    picks: Mapping[str, Any] = field(default_factory=dict)  # what has been chosen so far: service, dish, …
    back: tuple[str, ...] = ()  # the places that * goes back to
    misses: int = 0
    outcome: Outcome | None = None
    edition: str = ""  # of the menus that were heard
    is_practice: bool = False  # everything is heard as always, and nothing is done
    pace: int = 0  # how much more slowly everything is said: 0, 1, 2
    certainty: Certainty = Certainty.SHOWN  # how sure it is who speaks

    def at(self, place: str, **picks: Any) -> "Talk":
        """The same talk at another place, with these picks added."""
        trail = (*self.back, self.place)[-6:] if place != self.place else self.back
        return replace(self, place=place, picks={**self.picks, **picks}, back=trail, misses=0)

    def having(self, outcome: Outcome | None) -> "Talk":
        """The same talk, in which this has happened."""
        return self if outcome is None else replace(self, outcome=outcome.or_heavier(self.outcome))

    def to_json(self) -> dict[str, Any]:
        """For the row."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Talk":
        """From the row; keys that a later version wrote are left out."""
        known = {key: data[key] for key in Talk.__dataclass_fields__ if key in data}
        outcome = Outcome(known["outcome"]) if known.get("outcome") else None
        certainty = Certainty(known.get("certainty", Certainty.SHOWN))
        return Talk(**{**known, "back": tuple(known.get("back", ())), "outcome": outcome, "certainty": certainty})


class Sound(StrEnum):
    """What kind of thing was heard."""

    START = "start"  # the call was answered
    KEYS = "keys"
    SILENCE = "silence"
    SPOKEN = "spoken"  # something was recorded
    WORDS = "words"  # a text that is more than a key
    CONNECTED = "connected"  # a person took the call
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True)
class Heard:
    """One thing that came from the other side."""

    sound: Sound
    keys: str = ""
    words: str = ""
    recording_sid: str = ""
    seconds: int = 0
    is_busy: bool = False  # nobody took the call because the telephone was engaged


class Then(StrEnum):
    """What the line does when it has spoken."""

    ASK = "ask"
    RECORD = "record"
    CONNECT = "connect"
    JOIN = "join"  # with somebody who is no staff
    GOODBYE = "goodbye"


@dataclass(frozen=True)
class Turn:
    """What is said, and what then."""

    talk: Talk
    says: tuple[Sentence, ...]
    then: Then = Then.ASK
    play: int | None = None  # a recording to be heard after what is said


@dataclass(frozen=True)
class Deed:
    """Something to be done before the talk goes on at `goto`: its name in the table of deeds, and its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """A step that needs something done first; the doer says what came of it."""

    talk: Talk
    deed: Deed
    goto: str


@dataclass(frozen=True)
class DishFact:
    """A dish as a caller may hear it."""

    id: int
    key: str
    name: str
    may_not_suit: bool
    is_sold_out: bool = False


@dataclass(frozen=True)
class MissedFact:
    """A meal still to be eaten that cannot be ordered any more, and that she does not have."""

    meal: Any
    cutoff: Any
    menu_id: int = 0
    day: Any = ""


@dataclass(frozen=True)
class MenuFact:
    """A menu that can be ordered now; `has` is the order that she already has from it, `has_what` what it is."""

    id: int
    meal: Any
    day: Any
    cutoff: Any
    span: Any
    dishes: tuple[DishFact, ...]
    has: int | None
    has_what: Any = None
    meal_code: str = ""
    on: date | None = None  # its local day


@dataclass(frozen=True)
class UsualFact:
    """What one key orders."""

    menu_id: int
    meal: Any
    day: Any
    dish: DishFact
    portions: int


@dataclass(frozen=True)
class ThingFact:
    """Something she has asked for and not received yet."""

    request_id: int
    what: Any
    status: Sentence
    can_change: bool
    menu_id: int | None
    should_be_here: bool = False  # its time has begun: "it has not come" can be said
    meal_code: str = ""
    on: date | None = None  # the local day it is for
    helper: str = ""  # who is on the way and can be rung now
    coming: Sentence | None = None  # who comes and the word at the door, where it is sure enough who hears it


@dataclass(frozen=True)
class RegularFact:
    """What is so every weekday for her: what she could have, what she has, and whether she is away."""

    meal_id: int | None = None
    meal: Any = None
    standing_id: int | None = None
    next_menu_id: int | None = None
    next_day: Any = None
    is_away: bool = False
    away_until: Any = None


@dataclass(frozen=True)
class ServiceFact:
    """Help that can be asked for."""

    id: int
    key: str
    names: Any
    limit_cents: int | None


@dataclass(frozen=True)
class OfferFact:
    """Something that a volunteer may still take."""

    offer_id: int
    code: int
    sentence: Sentence


@dataclass(frozen=True)
class StopFact:
    """A stop of a job in hand."""

    request_id: int
    place: int
    name: str
    note: str
    recording_id: int | None
    is_recording_here: bool


@dataclass(frozen=True)
class JobFact:
    """A job in hand."""

    job_id: int
    code: int
    what: Any
    when: Any
    stops: tuple[StopFact, ...]


@dataclass(frozen=True)
class StudioFact:
    """Somebody of the staff who rings from their own number, and what there is to record once the PIN was right."""

    staff_id: int
    has_pin: bool
    is_refused: bool
    languages: tuple[tuple[str, str], ...] = ()  # tag, and its name
    dishes: tuple[str, ...] = ()
    news: tuple[tuple[int, str], ...] = ()  # id, and the words
    is_take_here: bool = False


@dataclass(frozen=True)
class Scene:
    """What is known when one turn is taken: facts only, already free of what may not be said on a number alone."""

    now: datetime
    is_staffed: bool
    duty_numbers: tuple[str, ...]
    emergency: str
    caller: str | None
    household: tuple[tuple[int, str], ...] = ()
    resident: tuple[int, str] | None = None
    usual: UsualFact | None = None
    menus: tuple[MenuFact, ...] = ()
    missed: tuple[MissedFact, ...] = ()
    services: tuple[ServiceFact, ...] = ()
    things: tuple[ThingFact, ...] = ()
    news: tuple[Sentence, ...] = ()
    contact_id: int | None = None  # who calls for her, from a telephone of her own
    is_blocked: bool = False  # staff have blocked this number
    is_duty_speaking: bool = False  # somebody on duty is speaking with another caller
    tests_strangers: bool = False  # a caller whom nobody knows is asked for a key before a person is rung
    is_volunteer: bool = False
    offers: tuple[OfferFact, ...] = ()
    jobs: tuple[JobFact, ...] = ()
    tidings: tuple[Sentence, ...] = ()  # what an outgoing call is about
    offer: OfferFact | None = None  # the offer that an outgoing call makes
    asked_job_id: int | None = None  # the job after which an outgoing call asks
    joins: tuple[str, int] | None = None  # the way in which an outgoing call connects (voice/joining.py), about what
    question_id: int | None = None  # what an outgoing call asks her, or was asked by text just now and is still open
    alert_id: int | None = None  # the alarm that an outgoing call raises, while it is open
    regular: RegularFact | None = None
    tomorrow: Any = None
    tomorrow_date: date | None = None
    can_come_today: bool = True
    studio: StudioFact | None = None
    kitchen_cooks: tuple[Sentence, ...] = ()  # what whoever rings from a kitchen is told
    written: tuple[Sentence, ...] = ()  # what is written about her, where it is sure that she hears it
