"""Which time of day stands there: "15:00", "下午3点半", "3 pm". Only for lines that a person reads back first."""

import re
from datetime import time

_HAN = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_CLOCK = re.compile(
    r"(?:at\s+)?(?P<hour>\d{1,2})[:：](?P<minute>\d{2})\s*(?P<half>[ap])?\.?(?:m\b\.?)?(?!\d)", re.ASCII
)
_ENGLISH = re.compile(r"(?:at\s+)?(?P<hour>\d{1,2})\s*(?P<half>[ap])\.?m\b\.?", re.ASCII)
_CHINESE = re.compile(
    r"(?P<part>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|朝早|晏晝|下晝|夜晚)?\s*"
    r"(?P<hour>\d{1,2}|[一二两兩三四五六七八九十]{1,3})\s*[点點时時](?!心|餐|菜)"
    r"(?:(?P<quarter>半|一刻|三刻)|(?P<minute>\d{1,2}|[一二三四五六七八九十]{1,3})分?)?"
)
_QUARTERS = {"一刻": 15, "半": 30, "三刻": 45}
_LATE = frozenset({"下午", "傍晚", "晚上", "下晝", "晏晝", "夜晚", "p"})
_EARLY = frozenset({"凌晨", "清晨", "早上", "上午", "朝早", "a"})
# An hour that nobody says of the morning: help is not asked for at three at night.
_AFTERNOON_UNTIL = 6


def time_at(words: str, at: int) -> tuple[time, int] | None:
    """The time that stands at that place, and where it ends; None: there is none."""
    if at and words[at - 1].isdigit():
        return None
    for pattern in (_CLOCK, _ENGLISH, _CHINESE):
        if (found := pattern.match(words, at)) and (read := _time_of(found)):
            return read, found.end()
    return None


def han_number(written: str) -> int:
    """A number below a hundred as it is written in Chinese or in digits: "二十一" → 21."""
    if written.isdigit():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return _HAN[written] if len(written) == 1 else 0
    return (_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0)


def _time_of(found: re.Match[str]) -> time | None:
    parts = found.groupdict()
    hour, part = han_number(parts["hour"]), parts.get("part") or parts.get("half") or ""
    minute = _QUARTERS.get(parts.get("quarter") or "") or han_number(parts.get("minute") or "0")
    if part in _LATE and hour < 12:
        hour += 12
    elif part in _EARLY and hour == 12:
        hour = 0
    elif part not in _EARLY and hour <= _AFTERNOON_UNTIL and not parts["hour"].startswith("0"):
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
