"""Spans of time as people say them."""

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def spoken(seconds: float | None) -> str:
    """The two largest units: 93,600 is "1 d 2 h"; a dash for None."""
    if seconds is None:
        return "–"
    left = round(seconds)
    sign, left = ("-", -left) if left < 0 else ("", left)
    parts: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {unit}")
        if len(parts) == len(("larger", "smaller")):
            break
    return sign + " ".join(part for part in parts if not part.startswith("0 ")) if parts else "0 s"
