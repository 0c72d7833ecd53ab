"""A failing life made short: steps are left out for as long as the same thing still goes wrong."""

import time


def shorter(again, indices, invariant, *, seconds):
    """The fewest of these steps found within `seconds` after which `invariant` is still broken.

    `again(indices)` lives the life with these steps only; each step has dice of its own, so the others stay what they were.
    """
    until = time.monotonic() + seconds
    kept, part = list(indices), max(1, len(indices) // 2)
    while part >= 1 and time.monotonic() < until:
        start = 0
        while start < len(kept) and time.monotonic() < until:
            tried = kept[:start] + kept[start + part :]
            found = again(tried).checker.found
            if found and found[0].invariant == invariant:
                kept = [index for index in tried if found[0].step == 0 or index <= found[0].step]
            else:
                start += part
        part //= 2
    return kept


def indices_of(listed):
    """Steps as they are written: "0-12,17"."""
    parts = [part.partition("-") for part in listed.split(",")]
    return [n for low, _, high in parts for n in range(int(low), int(high or low) + 1)]


def listed_as(indices):
    """Steps as they are written, in ranges."""
    runs = []
    for index in indices:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
