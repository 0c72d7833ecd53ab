"""What a simulation is made of: every setting, its limits, and how it is read from what somebody wrote."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

# The shares and habits of the invented people below are guesses; a community that knows its own gives them.


@dataclass(frozen=True)
class Plan:
    """A town, its habits, and the patience of its services. Shares are between 0 and 1."""

    residents: int = 500
    volunteers: int = 60
    days: int = 30
    seed: int = 1
    zones: int = 5
    meals_a_day: float = 0.3  # of the residents
    errands_a_day: float = 0.03  # of the residents: help of any kind
    cancel: float = 0.04  # of the requests, by the residents themselves
    accept: float = 0.45  # of the offers that are answered
    silent: float = 0.35  # of the offers: nobody answers
    no_show: float = 0.04  # of what was accepted: half is given back, half never done
    landlines: float = 0.1  # of the volunteers have nothing else
    wave_size: int = 3
    offer_minutes: float = 10.0
    max_per_day: int = 2
    stops_max: int = 8

    def with_(self, name: str, value: Any) -> "Plan":
        """The same with one setting changed."""
        return replace(self, **{name: value})


@dataclass(frozen=True)
class Setting:
    """How one setting is written, and within what limits."""

    read: Callable[[str], Any]
    least: float
    most: float


class NotASetting(ValueError):
    """What was written is no setting, or no value of it; `key` and `blanks` are for the catalog of words."""

    def __init__(self, key: str, **blanks: object) -> None:
        super().__init__(key)
        self.key, self.blanks = key, blanks


def _share(written: str) -> float:
    return float(written[:-1]) / 100 if written.endswith("%") else float(written)


_SHARE = Setting(_share, 0, 1)
SETTINGS: dict[str, Setting] = {
    "residents": Setting(int, 1, 20_000),
    "volunteers": Setting(int, 1, 5_000),
    "days": Setting(int, 1, 366),
    "seed": Setting(int, 0, 10**9),
    "zones": Setting(int, 1, 50),
    "meals_a_day": _SHARE,
    "errands_a_day": _SHARE,
    "cancel": _SHARE,
    "accept": _SHARE,
    "silent": _SHARE,
    "no_show": _SHARE,
    "landlines": _SHARE,
    "wave_size": Setting(int, 1, 50),
    "offer_minutes": Setting(float, 1, 240),
    "max_per_day": Setting(int, 1, 20),
    "stops_max": Setting(int, 1, 40),
}


def value_of(name: str, written: str) -> Any:
    """What was written for that setting: "2%" and "0.02" are the same share. Raises NotASetting."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise NotASetting("setting_unknown", name=name, names=", ".join(written_name(known) for known in SETTINGS))
    try:
        value = setting.read(written.strip())
    except ValueError:
        raise NotASetting("value_impossible", name=written_name(name), value=written) from None
    if not setting.least <= value <= setting.most:  # also what is not a number at all
        raise NotASetting(
            "value_outside",
            name=written_name(name),
            value=written,
            least=f"{setting.least:g}",
            most=f"{setting.most:g}",
        )
    return value


def variation(written: str) -> tuple[str, list[Any]]:
    """ "wave-size=1,3,5" as the setting and its values. Raises NotASetting."""
    name, equals, values = written.partition("=")
    if not equals or not values.strip():
        raise NotASetting("variation_impossible", value=written)
    known = name.strip().replace("-", "_")
    return known, [value_of(known, value) for value in values.split(",")]


def written_name(name: str) -> str:
    """A setting as it is written in a command."""
    return name.replace("_", "-")
