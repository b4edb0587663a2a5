"""What this package refuses, and how far its arithmetic reaches: a hundred years from the start."""

DAY = 86_400
MAX_DAYS = 36_525
MAX_SECONDS = MAX_DAYS * DAY


class CalendarInvalid(ValueError):
    """A calendar that is not valid; the message names the part and says what would be right."""


class AmountOutOfBounds(ValueError):
    """An amount, a span or a result that lies more than 100 years (36,525 days) from the start."""


class CalendarNeverOpens(ValueError):
    """A calendar whose holidays leave no opening within 100 years of the start."""
