"""Everything that service level management refuses, each with a sentence that helps."""

from shared.errors import Conflict, Invalid, NotFound, invalid


class CalendarUnknown(NotFound):
    """No such calendar."""

    def __init__(self) -> None:
        super().__init__("There is no such calendar.")


class ServiceUnknown(NotFound):
    """No such service."""

    def __init__(self) -> None:
        super().__init__("There is no such service.")


class AgreementUnknown(NotFound):
    """No such agreement, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such agreement.")


class ClockUnknown(NotFound):
    """No such clock, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such clock.")


class Retired(Conflict):
    """What was retired stays as it was."""

    slug, title = "retired", "The record has been retired"

    def __init__(self, what: str) -> None:
        super().__init__(f"This {what} has been retired and is changed no more.")


class Ended(Conflict):
    """The agreement has ended: it stays as it was."""

    slug, title = "agreement-ended", "The agreement has ended"

    def __init__(self) -> None:
        super().__init__("This agreement has ended and is changed no more; make a new one.")


def calendar_refused(reason: str, *, at: str = "/calendar") -> Invalid:
    """The refusal of a calendar, pointing at the part with which `reason` begins."""
    part, _, sentence = reason.partition(": ")
    known = part in ("zone", "hours", "holidays", "yearly_holidays", "country", "subdivision")
    return invalid(f"{at}/{part}" if known else at, sentence if known else reason)
