"""The switches by which the exchange can be made as unreliable as a real network. All are off to begin with."""

import random
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

Token = Literal["same", "new", "absent"]
EmptyRecording = Literal["saved", "absent"]
EmptyDigits = Literal["absent", "empty"]
RefusedWhisper = Literal["no-answer", "completed"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "idempotency_token": get_args(Token),
    "empty_recording": get_args(EmptyRecording),
    "empty_digits": get_args(EmptyDigits),
    "refused_whisper": get_args(RefusedWhisper),
}


@dataclass
class Faults:
    """Counts are used up, shares are probabilities from 0 to 1, seconds are seconds."""

    callbacks_shuffled_seconds: float = 0.0  # each status callback is late by a random part of this
    callbacks_doubled_share: float = 0.0
    callbacks_delayed_seconds: float = 0.0
    callbacks_lost_share: float = 0.0
    webhooks_doubled_share: float = 0.0
    rest_429_next: int = 0
    rest_503_next: int = 0
    answers_lost_next: int = 0  # the request is done, its answer never arrives
    is_down: bool = False
    list_lag_seconds: float = 0.0
    is_unsent_hidden: bool = False  # lists by DateSent do not show what is still queued; Twilio does not say
    segments_per_second: float = 0.0  # 0: as fast as we like; a US long code has 1
    delivery_seconds: float = 0.0
    recording_seconds: float = 1.0  # until a recording can be fetched
    idempotency_token: Token = "same"  # noqa: S105 - how a header behaves, no secret
    empty_recording: EmptyRecording = "saved"
    empty_digits: EmptyDigits = "absent"
    refused_whisper: RefusedWhisper = "no-answer"
    seed: int = 1
    switched_off: set[str] = field(default_factory=set)
    lines_down: set[str] = field(default_factory=set)  # numbers of ours from which nothing leaves
    _random: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable mishaps, no secret

    def happens(self, share: float) -> bool:
        """Whether a mishap of this share happens now."""
        return share > 0 and self._random.random() < share

    def lateness(self) -> float:
        """How late the next status callback is, in seconds."""
        return self.callbacks_delayed_seconds + self._random.random() * self.callbacks_shuffled_seconds

    def use_up(self, name: str) -> bool:
        """Whether one of a counted mishap was left; if so it is used up."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0

    def as_json(self) -> dict[str, Any]:
        """The switches, for the page."""
        return {name: getattr(self, name) for name in _SETTABLE}

    def set(self, changes: dict[str, Any]) -> None:
        """Turn the named switches; all of them or, with a ValueError that says why, none."""
        checked = {name: _checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)
        if "seed" in checked:
            self._random.seed(self.seed)

    def begin_anew(self) -> None:
        """All off again."""
        self.set(Faults().as_json())
        self.switched_off.clear()
        self.lines_down.clear()


_SETS = ("_random", "switched_off", "lines_down")
_SETTABLE = {field.name: field.type for field in fields(Faults) if field.name not in _SETS}


def _checked(name: str, value: Any) -> Any:
    if name not in _SETTABLE:
        raise ValueError(f"There is no switch {name!r}.")
    if name in _CHOICES:
        return _chosen(name, value)
    if name.startswith("is_"):
        if not isinstance(value, bool):
            raise ValueError(f"{name} is true or false.")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100_000:
        raise ValueError(f"{name} is a number, 0 or more.")
    if name.endswith("_share") and value > 1:
        raise ValueError(f"{name} is a share from 0 to 1.")
    return int(value) if _SETTABLE[name] in (int, "int") else float(value)


def _chosen(name: str, value: Any) -> str:
    if value not in _CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}.")
    return str(value)
