"""Creates the invented hospital on a running platform: parties, people, teams, services, agreements and knowledge."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import httpx2

from cli.client import MINUTE, Client
from cli.demo_data.hospital import CALLERS, CLIENTS, SERVICES, STAFF, Offer, Person
from cli.demo_data.organisation import TEAM_SIZES
from cli.errors import Refused

#: the records of a fresh platform that the hospital uses: the provider's party, and the calendar of office hours
OWN_PARTY, OFFICE_HOURS = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000005"
KNOWLEDGE = files("cli.demo_data") / "knowledge.toml"
LONG_AGO = "2020-01-01T00:00:00Z"
HOUR = 3600
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_AND_NIGHT = {"zone": "Europe/Amsterdam", "hours": {day: [["00:00", "24:00"]] for day in WEEK}}
Ids = dict[str, str]


@dataclass
class Hospital:
    """The ids of its records by name, each kind apart."""

    parties: Ids = field(default_factory=dict)
    people: Ids = field(default_factory=dict)
    teams: Ids = field(default_factory=dict)
    services: Ids = field(default_factory=dict)
    items: Ids = field(default_factory=dict)


class Founder:
    """Creates what is not there yet, in the order in which it depends on each other; interrupted, it continues the next time."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.hospital = Hospital()

    def create(self) -> Hospital:
        """The hospital; raises `Refused` and `Unable` as the client does."""
        self._parties()
        self._people()
        self._teams()
        self._services()
        self._knowledge()
        return self.hospital

    def _parties(self) -> None:
        known = self._known("/governance/v1/parties")
        for name in CLIENTS:
            body = {"name": name, "kind": "client"}
            self.hospital.parties[name] = known.get(name) or self._create("/governance/v1/parties", body)

    def _people(self) -> None:
        known = self._known("/governance/v1/people", "username")
        for person in (*STAFF, *CALLERS):
            party = self.hospital.parties.get(person.place, OWN_PARTY)
            body = {"name": person.name, "username": person.username, "party_id": party}
            body["email"] = f"{person.username}@lindenhof.example"
            identity = known.get(person.username) or self._create("/governance/v1/people", body)
            self.hospital.people[person.username] = identity
            self._roles(person, identity)

    def _roles(self, person: Person, identity: str) -> None:
        path = "/governance/v1/role-assignments"
        given = {each["role"] for each in self._all(path, person_id=identity, state="assigned")}
        for role in person.roles:
            if role not in given:
                self.client.post(path, {"person_id": identity, "role": role}, key=f"demo {identity} {role}")

    def _teams(self) -> None:
        known = self._known("/governance/v1/teams")
        for name in TEAM_SIZES:
            members = [self.hospital.people[person.username] for person in STAFF if person.place == name]
            body = {"name": name, "kind": "service_team", "domain": "technical", "party_id": OWN_PARTY}
            identity = known.get(name) or self._create("/governance/v1/teams", {**body, "member_ids": members})
            self.hospital.teams[name] = identity

    def _services(self) -> None:
        known = self._known("/service-level/v1/services")
        agreed = self._known("/service-level/v1/agreements")
        for offer in SERVICES:
            body = {"name": offer.name, "description": offer.description}
            identity = known.get(offer.name) or self._create("/service-level/v1/services", body)
            self.hospital.services[offer.name] = identity
            if (name := f"{offer.name} for everybody") not in agreed:
                self._create("/service-level/v1/agreements", _agreement(name, identity, offer))

    def _knowledge(self) -> None:
        known = self._known("/knowledge/v1/items", "title")
        authors = [person.username for person in STAFF]
        for place, (kind, body) in enumerate(_items()):
            title = body["title"]
            owner = self.hospital.people[authors[place % len(authors)]]
            identity = known.get(title) or self._create(
                "/knowledge/v1/items", {"ki_type": kind, **body, "owner_id": owner}
            )
            self.hospital.items[title] = identity
            state = self.client.get(path := f"/knowledge/v1/items/{identity}")["state"]
            if state == "draft":
                state = self.client.move(path, "submit")["state"]
            if state == "in_review":
                self.client.move(path, "approve")

    def _known(self, path: str, name: str = "name") -> Ids:
        return {
            str(each[name]): each["id"] for each in self._all(path) if each.get("state") not in ("retired", "ended")
        }

    def _all(self, path: str, **filters: Any) -> Iterator[dict[str, Any]]:
        cursor = None
        while True:
            page = self.client.get(path, limit=200, cursor=cursor, **filters)
            yield from page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    def _create(self, path: str, body: dict[str, Any]) -> str:
        """The id of a new record, as soon as the service knows the records of others that `body` names."""
        environment = self.client.environment
        given_up = environment.now() + MINUTE
        while True:
            try:
                return str(
                    self.client.post(path, body, key=f"demo {path} {body.get('name') or body.get('title')}")["id"]
                )
            except Refused as refusal:
                if refusal.status != httpx2.codes.UNPROCESSABLE_CONTENT or environment.now() > given_up:
                    raise
            environment.sleep(0.2)


def _agreement(name: str, service: str, offer: Offer) -> dict[str, Any]:
    targets = {
        f"P{place}": {"response_seconds": round(respond * HOUR), "restore_seconds": round(restore * HOUR)}
        for place, (respond, restore) in enumerate(offer.hours, 1)
    }
    calendar = DAY_AND_NIGHT if offer.day_and_night else OFFICE_HOURS
    terms = {"calendar": calendar, "targets": targets, "pause_reasons": ["user"]}
    return {"name": name, "service_id": service, "valid_from": LONG_AGO, **terms}


def _items() -> Iterator[tuple[str, dict[str, Any]]]:
    """The type and the fields of each knowledge item."""
    for kind, items in tomllib.loads(KNOWLEDGE.read_text("utf-8")).items():
        yield from ((kind, item) for item in items)
