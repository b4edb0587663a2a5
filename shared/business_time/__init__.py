"""Business time: adds and measures open time on a calendar, to the second and with the same result on every machine.

Instants are aware datetimes and results are in UTC. The resolution is one second: fractions of a second are dropped.
"""

from shared.business_time.arithmetic import Pause, add, add_days, elapsed
from shared.business_time.calendars import Calendar, time_zone
from shared.business_time.limits import MAX_SECONDS, AmountOutOfBounds, CalendarInvalid, CalendarNeverOpens

__all__ = [
    "MAX_SECONDS",
    "AmountOutOfBounds",
    "Calendar",
    "CalendarInvalid",
    "CalendarNeverOpens",
    "Pause",
    "add",
    "add_days",
    "elapsed",
    "time_zone",
]
