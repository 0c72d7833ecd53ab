"""How many segments a text is cut into, by the carrier's count."""

import gsm0338

_GSM = gsm0338.Codec()


def segments_of(body: str) -> int:
    """160 units of the GSM alphabet, or 153 in each of several parts; 70 and 67 as soon as a letter is outside it."""
    try:
        return _parts([len(_GSM.encode(letter)[0]) for letter in body], single=160, part=153)
    except UnicodeEncodeError:
        return _parts([len(letter.encode("utf-16-be")) // 2 for letter in body], single=70, part=67)


def _parts(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, filled = 1, 0
    for width in widths:
        if filled + width > part:  # a letter of two units is never split over two parts
            parts, filled = parts + 1, 0
        filled += width
    return parts
