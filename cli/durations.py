"""Durations in words."""

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def format_duration(seconds: float | None) -> str:
    """The two largest units of a duration: 93,600 is "1 d 2 h"; a dash for None."""
    if seconds is None:
        return "–"
    left = abs(round(seconds))
    counts: list[tuple[int, str]] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        counts.append((count, unit))
    largest = next((place for place, (count, _) in enumerate(counts) if count), None)
    if largest is None:
        return "0 s"
    words = " ".join(f"{count} {unit}" for count, unit in counts[largest : largest + 2] if count)
    return f"-{words}" if seconds < 0 else words
