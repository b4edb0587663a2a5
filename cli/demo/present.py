"""What is at work in the invented hospital today: calls, changes of this week, and approvals that wait."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from cli.client import Client
from cli.demo.organisation import Hospital
from cli.demo_data.hospital import CALLERS, CLINIC, HOSPITAL, STAFF
from cli.demo_data.organisation import TOPICS, ZONE
from cli.demo_data.texts import REPORTS


class Now(NamedTuple):
    """A call of today: what fails, how bad it is, how far the desk is, and what was said."""

    subject: str
    report: int
    impact: str
    urgency: str
    state: str
    agent: str
    public: str = ""
    internal: str = ""


TODAY = (
    Now(
        "Patient record",
        2,
        "high",
        "high",
        "in_recovery",
        "hugo",
        "Wij werken eraan; de leeskopie is bruikbaar.",
        "Database staat op 95 % door de maandrapportage.",
    ),
    Now("Radiology images", 0, "high", "medium", "in_recovery", "zoe", "", "Cachenode SEH antwoordt traag."),
    Now("Results", 0, "medium", "high", "assigned", "fleur"),
    Now("Wireless", 0, "medium", "medium", "pending", "daan", "In welke kamers gebeurt het precies?"),
    Now("Password", 1, "low", "high", "recovered", "noor", "Your account is unlocked; please sign in."),
    Now("Label printer", 0, "medium", "medium", "in_recovery", "noor", "", "Wachtrij PRT-01 stond vol."),
    Now("Staff pass", 0, "medium", "high", "assigned", "stijn"),
    Now("Mail", 1, "low", "medium", "registered", "noor"),
    Now("Workstation on wheels", 1, "low", "medium", "registered", "noor"),
    Now("Telephone", 1, "low", "low", "pending", "priya", "With which number were you connected?"),
    Now("Roster", 0, "low", "low", "registered", "noor"),
    Now("Dashboard", 1, "low", "low", "assigned", "teun"),
)


class Planned(NamedTuple):
    """A change of this week: on which item, when (days from today, hour), how far it is, and its type and risk."""

    title: str
    description: str
    service: str
    item: str
    day: int
    hour: int
    until: str
    impact: str = "low"


CHANGES = (
    Planned(
        "Patch the servers of the patient record",
        "Security updates of this month, one server after the other.",
        "Patient record",
        "Patient record application EPD-7",
        2,
        19,
        "authorised",
    ),
    Planned(
        "Cache van EPD-7 vergroten",
        "Het dossier is traag wanneer de maandrapportage loopt.",
        "Patient record",
        "Patient record application EPD-7",
        2,
        20,
        "planned",
    ),
    Planned(
        "Replace the wireless controller's certificate",
        "It expires at the end of the month.",
        "Network and Wi-Fi",
        "Wireless controller WLC-2",
        1,
        21,
        "planned",
        "medium",
    ),
    Planned(
        "Mailfilter aanpassen voor verwijsbrieven",
        "Verwijsbrieven komen terug als onbestelbaar.",
        "Mail and calendar",
        "Mail cluster EXC-A",
        3,
        18,
        "in_test",
    ),
    Planned(
        "New nightly load for the waiting list",
        "The board wants waiting times per specialism.",
        "Reporting",
        "Data warehouse DWH-1",
        5,
        20,
        "accepted",
    ),
)
WISHES = (
    (
        "Second label printer at the blood collection point",
        "People wait in the morning until the only printer is free.",
        "Printing",
    ),
    (
        "Meer opslag voor de map Radiologie",
        "De map is bijna vol en beelden worden lokaal bewaard.",
        "Accounts and access",
    ),
)


def begin_day(client: Client, hospital: Hospital, today: datetime) -> None:
    """Register today's calls and this week's changes; a second time on the same day changes nothing."""
    day = f"demo {today:%Y-%m-%d}"
    for place, call in enumerate(TODAY):
        _call(client, hospital, call, CALLERS[place % len(CALLERS)].username, f"{day} call {place}")
    for place, planned in enumerate(CHANGES):
        _change(client, hospital, planned, today, f"{day} change {place}")
    for place, (title, description, service) in enumerate(WISHES):
        body = {"title": title, "description": description, "service_id": hospital.services[service]}
        client.post("/change/v1/rfcs", body | _for(hospital, place), key=f"{day} wish {place}")


def _call(client: Client, hospital: Hospital, call: Now, caller: str, key: str) -> None:
    topic = next(topic for topic in TOPICS if topic.subcategory == call.subject)
    report = REPORTS[call.subject][call.report]
    body = {
        "type": "incident",
        "title": report.title,
        "description": report.description,
        "impact": call.impact,
        "urgency": call.urgency,
        "service_id": hospital.services[topic.service],
        "caller_id": hospital.people[caller],
        "channel": "phone",
    }
    registered = client.post("/incident/v1/calls", body, key=key)
    path = f"/incident/v1/incidents/{registered['record']['id']}"
    if client.get(path)["state"] != "registered" or call.state == "registered":
        return
    person = hospital.people[call.agent]
    team = hospital.teams[next(each.place for each in STAFF if each.username == call.agent)]
    client.move(path, "classify")
    client.move(path, "assign", team_id=team, assignee_id=person)
    if call.state != "assigned":
        client.move(path, "take", assignee_id=person)
    for place, (text, public) in enumerate(((call.internal, False), (call.public, True))):
        if text:
            client.post(f"{path}/work-log", {"text": text, "public": public}, key=f"{key} note {place}")
    if call.state == "pending":
        client.move(path, "pause", pending_reason="user")
    if call.state == "recovered":
        client.move(path, "recover", recovery="repair", solution=report.solution)


def _change(client: Client, hospital: Hospital, planned: Planned, today: datetime, key: str) -> None:
    service, item = hospital.services[planned.service], hospital.items[planned.item]
    body = {"title": planned.title, "description": planned.description, "service_id": service, "ki_ids": [item]}
    rfc = client.post("/change/v1/rfcs", body | _for(hospital, 0), key=key)
    request = f"/change/v1/rfcs/{rfc['id']}"
    if client.get(request)["state"] != "submitted":
        return
    accepted = client.move(request, "accept")
    path = f"/change/v1/changes/{accepted['change_id']}"
    if planned.until == "accepted":
        return
    risk = {"impact": planned.impact, "likelihood": "low"}
    client.move(path, "classify", change_type="normal", value_stream="maintenance", **risk)
    client.move(path, "plan", **_plan(planned, today))
    if planned.until in ("authorised", "in_test"):
        for role in client.get(f"{path}/approvals")["awaited"]:
            client.post(f"{path}/approvals", {"role": role, "decision": "approved"}, key=f"{key} {role}")
    if planned.until == "in_test":
        client.move(path, "prepare")
        client.move(path, "test")
        client.post(f"{path}/test-runs", {"kind": "technical", "result": "passed"}, key=f"{key} test")


def _for(hospital: Hospital, place: int) -> dict[str, Any]:
    return {"party_id": hospital.parties[(HOSPITAL, CLINIC)[place % 2]]}


def _plan(planned: Planned, today: datetime) -> dict[str, Any]:
    local = datetime.combine(today.astimezone(ZONE).date() + timedelta(days=planned.day), time(planned.hour), ZONE)
    begins = local.astimezone(UTC)
    return {
        "build_plan": "Prepared and reviewed on the test system.",
        "test_plan": "The checks of the work instruction, with the test patient.",
        "implementation_plan": "Step by step by two people; the service desk knows.",
        "back_out_plan": "The snapshot of before is put back within half an hour.",
        "planned_start": f"{begins:%Y-%m-%dT%H:%M:%SZ}",
        "planned_end": f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}",
        "means_confirmed": True,
    }
