"""The history of one invented incident, as rows in the layout of the public log."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from cli.demo_data.organisation import (
    CHANNELS,
    CLOSES,
    EMPLOYEES,
    FIRST_LINE,
    HABITS,
    LOCATIONS,
    OPENS,
    PACES,
    SEVERITIES,
    TEAM_SIZES,
    TOPICS,
    ZONE,
    Pace,
    is_working_day,
)

LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
PRIORITIES = {
    **dict.fromkeys(("11",), "1 - Critical"),
    **dict.fromkeys(("12", "21"), "2 - High"),
    **dict.fromkeys(("22", "13", "31"), "3 - Moderate"),
    **dict.fromkeys(("23", "32", "33"), "4 - Low"),
}
MISSING = "?"
DONE = ("Resolved", "Closed")
EMPTY_AT_FIRST = (
    *("cmdb_ci", "assigned_to", "problem_id", "rfc", "vendor", "caused_by"),
    *("closed_code", "resolved_by"),
)
DAY = 24 * 60
CLOSES_AFTER_DAYS = 5
RESTORE_HOURS = {"1": 4, "2": 8, "3": 24, "4": 48}


class IncidentHistory:
    """The history of one incident up to `until`; `rows` has one dict per update, none later than that."""

    def __init__(self, rng: Random, number: str, opened_at: datetime, until: datetime) -> None:
        self.rng = rng
        self.at = opened_at
        self.until = until
        self.opened_at = opened_at
        self.rows: list[dict[str, str]] = []
        self.topic = rng.choices(TOPICS, [topic.weight for topic in TOPICS])[0]
        self.severity = pick(rng, SEVERITIES)
        self.reassigned = self.reopened = 0
        self.in_time = True
        self.resolved_at = self.closed_at = MISSING
        desk = person(rng, FIRST_LINE)
        self.now = dict.fromkeys(EMPTY_AT_FIRST, MISSING)
        self.now |= {
            "number": number,
            "incident_state": "New",
            "caller_id": f"Employee {rng.randint(1, EMPLOYEES):04}",
            "opened_by": desk,
            "opened_at": format_time(opened_at),
            "sys_created_by": desk,
            "sys_created_at": format_time(opened_at),
            "contact_type": pick(rng, CHANNELS),
            "location": pick(rng, LOCATIONS),
            "category": self.topic.category,
            "subcategory": self.topic.subcategory,
            "u_symptom": self.topic.symptom,
            "assignment_group": MISSING if self.happens(HABITS.without_team) else FIRST_LINE,
            "knowledge": "false",
            "u_priority_confirmation": "false",
            "notify": "Do Not Notify",
        }

    @property
    def pace(self) -> Pace:
        return PACES["P" + PRIORITIES[self.severity][0]]

    def happens(self, share: float) -> bool:
        return self.rng.random() < share

    def write(self) -> list[dict[str, str]]:
        """All rows in order; the outcome columns are in every row, as in the log."""
        self._update()
        self._wait(self.pace.respond)
        if not self.happens(HABITS.solved_at_once):
            self._work_on_it()
        self._resolve()
        if self.happens(HABITS.reopened):
            self._reopen()
            self._resolve()
        self._close()
        outcome = {name: self.now[name] for name in ("closed_code", "resolved_by")}
        outcome |= {"resolved_at": self.resolved_at, "closed_at": self.closed_at}
        return [row | outcome for row in self.rows]

    def _work_on_it(self) -> None:
        if self.happens(HABITS.waits_at_once):
            self._ask_user()
            if self.now["incident_state"] != "Active":
                return
        else:
            self._update(incident_state="Active", assignment_group=FIRST_LINE, assigned_to=person(self.rng, FIRST_LINE))
        if self.happens(HABITS.severity_corrected):
            self._wait(self.pace.respond)
            self.severity = pick(self.rng, SEVERITIES)
            self._update(u_priority_confirmation="true")
        if self.happens(HABITS.handed_over):
            self._hand_over(self.topic.team)
            while self.happens(HABITS.handed_on):
                self._hand_over(self.rng.choice(list(TEAM_SIZES)))
        if self.happens(HABITS.needs_change):
            self._wait(self.pace.repair / 2)
            change = f"Change {self.rng.randint(1, 400):04}"
            self._update(**{self.rng.choice(("rfc", "rfc", "caused_by")): change})
        self._wait_for_others()

    def _wait_for_others(self) -> None:
        if self.happens(HABITS.waits_for_user):
            self._ask_user()
            if self.now["incident_state"] != "Active":
                return
        if self.happens(HABITS.waits_for_supplier):
            self._wait(self.pace.repair / 2)
            self._update(incident_state="Awaiting Vendor", vendor=f"Supplier {self.rng.randint(1, 9)}")
            self._wait(3 * DAY)
            self._update(incident_state="Active")
        if self.happens(HABITS.waits_for_problem):
            self._wait(self.pace.repair / 2)
            self._update(incident_state="Awaiting Problem", problem_id=f"Problem {self.rng.randint(1, 60):03}")
            self._wait(6 * DAY)

    def _ask_user(self) -> None:
        evidence = self.happens(HABITS.waits_for_evidence)
        self._wait(self.pace.respond)
        self._update(incident_state="Awaiting Evidence" if evidence else "Awaiting User Info")
        if self.happens(HABITS.user_never_answers):
            for _ in range(2):
                self._wait(4 * DAY, spread=0.1)
                self._update()
            return
        self._wait(0.8 * DAY)
        team = self.now["assignment_group"] if self.now["assignment_group"] != MISSING else FIRST_LINE
        self._update(incident_state="Active", assignment_group=team, assigned_to=person(self.rng, team))

    def _hand_over(self, team: str) -> None:
        self._wait(self.pace.respond * 2)
        if team != self.now["assignment_group"]:
            self.reassigned += 1
        self._update(assignment_group=team, assigned_to=MISSING)
        self._wait(self.pace.respond * 3)
        self._update(assigned_to=person(self.rng, team))

    def _resolve(self) -> None:
        self._wait(self.pace.repair if self.now["incident_state"] == "Active" else self.pace.respond)
        team = self.now["assignment_group"] if self.now["assignment_group"] != MISSING else FIRST_LINE
        known = self.now["assigned_to"]
        solver = known if known != MISSING else person(self.rng, team)
        self._update(
            incident_state="Resolved",
            assignment_group=team,
            assigned_to=solver,
            resolved_by=solver,
            closed_code=f"Code {self.rng.randint(1, 6)}",
            knowledge=str(self.happens(HABITS.needs_change)).lower(),
        )

    def _reopen(self) -> None:
        if self.happens(HABITS.reopened_after_closing):
            self._close()
        self._wait(1.2 * DAY)
        self.reopened += 1
        self._update(incident_state="Active")

    def _close(self) -> None:
        if self.happens(HABITS.confirmed_by_user):
            self._wait(0.5 * DAY)
        else:
            self.at += timedelta(days=CLOSES_AFTER_DAYS)
        self._update(incident_state="Closed")

    def _wait(self, median_minutes: float, spread: float = 0.9) -> None:
        """Let time pass: log-normal, and up to a working hour unless the incident is worked on day and night."""
        minutes = math.exp(self.rng.gauss(math.log(median_minutes), spread))
        self.at += timedelta(minutes=round(minutes))
        if not self.pace.day_and_night:
            self.at = self._at_work(self.at)

    def _at_work(self, at: datetime) -> datetime:
        local = at.astimezone(ZONE)
        if is_working_day(local.date()) and OPENS <= local.hour < CLOSES:
            return at
        day = local.date()
        if local.hour >= OPENS:
            day += timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
        opens = datetime(day.year, day.month, day.day, OPENS, tzinfo=ZONE).astimezone(UTC)
        return opens + timedelta(minutes=self.rng.randrange(90))

    def _update(self, **changes: str) -> None:
        """Add a row, unless the time is past the end of the history."""
        if self.at > self.until:
            return
        if self.now["incident_state"] not in DONE:
            allowed = timedelta(hours=RESTORE_HOURS[PRIORITIES[self.severity][0]])
            self.in_time = self.in_time and self.at - self.opened_at <= allowed
        self.now |= changes
        state = self.now["incident_state"]
        if state == "Closed":
            self.closed_at = format_time(self.at)
        elif state == "Resolved":
            self.resolved_at = format_time(self.at)
        else:
            self.resolved_at = self.closed_at = MISSING
        self.rows.append(
            self.now
            | {
                "active": str(state != "Closed").lower(),
                "reassignment_count": str(self.reassigned),
                "reopen_count": str(self.reopened),
                "sys_mod_count": str(len(self.rows)),
                "made_sla": str(self.in_time).lower(),
                "sys_updated_by": self.now["assigned_to"] if self.now["assigned_to"] != MISSING else FIRST_LINE,
                "sys_updated_at": format_time(self.at),
                "impact": LEVELS[self.severity[0]],
                "urgency": LEVELS[self.severity[1]],
                "priority": PRIORITIES[self.severity],
            }
        )


def pick(rng: Random, weighted: Mapping[str, int]) -> str:
    return rng.choices(list(weighted), list(weighted.values()))[0]


def person(rng: Random, team: str) -> str:
    return f"{team} {rng.randint(1, TEAM_SIZES[team])}"


def format_time(at: datetime) -> str:
    return f"{at.day}/{at.month}/{at.year} {at:%H:%M}"
