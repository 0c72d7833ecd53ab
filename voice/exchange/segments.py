"""How many segments a text is cut into, by the carrier's count."""

_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = set("€{}[]~^\\|\f")


def segments_of(body: str) -> int:
    """160 letters of the GSM alphabet, or 153 in each of several parts; 70 and 67 as soon as one is outside it."""
    if all(letter in _GSM or letter in _GSM_DOUBLE for letter in body):
        return _parts([2 if letter in _GSM_DOUBLE else 1 for letter in body], single=160, part=153)
    return _parts([len(letter.encode("utf-16-be")) // 2 for letter in body], single=70, part=67)


def _parts(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, filled = 1, 0
    for width in widths:
        if filled + width > part:  # a pair is never split over two parts
            parts, filled = parts + 1, 0
        filled += width
    return parts
