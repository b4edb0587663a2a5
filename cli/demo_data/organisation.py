"""The invented hospital whose incidents are generated: teams, topics, places, hours and frequencies."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

ZONE = ZoneInfo("Europe/Amsterdam")
OPENS, CLOSES = 8, 18
FIRST_LINE = "Service Desk"
TEAM_SIZES = {
    FIRST_LINE: 8,
    "Workplace": 5,
    "Network": 4,
    "Care Applications": 4,
    "Identity and Access": 3,
    "Data and Integration": 2,
}
EMPLOYEES = 640


class Topic(NamedTuple):
    """A subject of incidents: the service that fails, the team that repairs it, and its share."""

    category: str
    subcategory: str
    symptom: str
    service: str
    team: str
    weight: int


TOPICS = (
    Topic("Workplace", "Workstation", "Does not start", "Workplace", "Workplace", 9),
    Topic("Workplace", "Workstation on wheels", "Battery empty", "Workplace", "Workplace", 6),
    Topic("Workplace", "Laptop", "Slow", "Workplace", "Workplace", 8),
    Topic("Workplace", "Label printer", "Nothing printed", "Printing", "Workplace", 8),
    Topic("Workplace", "Printer", "Paper jam", "Printing", "Workplace", 5),
    Topic("Access", "Password", "Locked out", "Accounts and access", "Identity and Access", 13),
    Topic("Access", "Staff pass", "Pass refused", "Accounts and access", "Identity and Access", 8),
    Topic("Access", "Shared folder", "Access refused", "Accounts and access", "Identity and Access", 5),
    Topic("Network", "Wireless", "Connection drops", "Network and Wi-Fi", "Network", 7),
    Topic("Network", "Remote access", "No connection", "Remote access", "Network", 6),
    Topic("Network", "Site link", "Slow", "Network and Wi-Fi", "Network", 2),
    Topic("Network", "Telephone", "No dial tone", "Telephony", "Network", 5),
    Topic("Applications", "Mail", "Not delivered", "Mail and calendar", "Care Applications", 7),
    Topic("Care", "Patient record", "Error message", "Patient record", "Care Applications", 9),
    Topic("Care", "Medication orders", "Wrong result", "Patient record", "Care Applications", 4),
    Topic("Care", "Radiology images", "Slow", "Radiology images", "Care Applications", 4),
    Topic("Care", "Roster", "Wrong result", "Planning and rosters", "Care Applications", 4),
    Topic("Laboratory", "Results", "Figures missing", "Laboratory system", "Data and Integration", 4),
    Topic("Reporting", "Dashboard", "Figures missing", "Reporting", "Data and Integration", 3),
    Topic("Reporting", "Nightly load", "?", "Reporting", "Data and Integration", 2),
)
LOCATIONS = {
    "Outpatient clinic": 30,
    "Ward 2 North": 14,
    "Ward 3 South": 12,
    "Emergency department": 12,
    "Laboratory": 10,
    "Harbour View": 8,
    "Offices": 9,
    "Home": 3,
    "Café Atrium": 2,
}
CHANNELS = {"Phone": 62, "Self service": 24, "Email": 12, "IVR": 2}
SEVERITIES = {"11": 3, "12": 2, "21": 3, "22": 78, "13": 2, "31": 2, "23": 4, "32": 3, "33": 3}
"""First digits of impact and urgency, and the share of each pair at registration."""

HOURLY = (1, 1, 1, 1, 1, 2, 8, 30, 80, 100, 95, 80, 55, 75, 85, 75, 60, 30, 10, 6, 5, 4, 3, 2)
"""Calls per local hour of a working day, in proportion."""

WEEKDAYS = (1.2, 1.05, 1.0, 1.0, 0.85, 0.08, 0.06)
FREE_DAY = 0.06
"""A public holiday's share of a working day's calls."""


@dataclass(frozen=True)
class Habits:
    """The share of incidents to which something happens."""

    without_team: float = 0.05
    solved_at_once: float = 0.27
    waits_at_once: float = 0.09
    severity_corrected: float = 0.07
    handed_over: float = 0.46
    handed_on: float = 0.18
    waits_for_user: float = 0.24
    waits_for_evidence: float = 0.12
    waits_for_supplier: float = 0.03
    waits_for_problem: float = 0.02
    user_never_answers: float = 0.22
    needs_change: float = 0.02
    reopened: float = 0.062
    reopened_after_closing: float = 0.15
    confirmed_by_user: float = 0.3


HABITS = Habits()


class Pace(NamedTuple):
    """Median minutes until somebody responds and until it is repaired; P1 is worked on day and night."""

    respond: int
    repair: int
    day_and_night: bool


PACES = {"P1": Pace(4, 110, True), "P2": Pace(9, 260, False), "P3": Pace(24, 420, False), "P4": Pace(70, 1100, False)}


def is_working_day(day: date) -> bool:
    return day.weekday() < len("MTWTF") and day not in _free_days(day.year)


def calls_on(day: date) -> float:
    """The day's calls in proportion to those of an average working day."""
    return FREE_DAY if day in _free_days(day.year) else WEEKDAYS[day.weekday()]


@cache
def _free_days(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))
