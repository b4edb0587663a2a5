"""The invented hospital: its parties, people, services and agreements."""

from typing import NamedTuple

from cli.demo_data.organisation import FIRST_LINE

PROVIDER = "Lindenhof IT"
HOSPITAL, CLINIC, LABORATORY = "Lindenhof Hospital", "Harbour View Clinic", "Northern Laboratory"
CLIENTS = (HOSPITAL, CLINIC, LABORATORY)


class Person(NamedTuple):
    """Somebody of the hospital: `place` is the team of a colleague, or the party of everybody else."""

    name: str
    username: str
    place: str
    roles: tuple[str, ...]


AGENT, USER, LEADER = "noor", "bram", "iris"
_AGENT, _PROFESSIONAL = ("service_desk_agent",), ("professional",)
STAFF = (
    Person("Noor Visser", AGENT, FIRST_LINE, _AGENT),
    Person("Sam de Wit", "sam", FIRST_LINE, _AGENT),
    Person("Yara Haddad", "yara", FIRST_LINE, _AGENT),
    Person("Tom Willems", "tom", FIRST_LINE, _AGENT),
    Person("Femke Postma", "femke", FIRST_LINE, _AGENT),
    Person("Idris Bakker", "idris", FIRST_LINE, _AGENT),
    Person("Lotte Kuiper", "lotte", FIRST_LINE, (*_AGENT, "knowledge_manager")),
    Person("Ruben Smit", "ruben", FIRST_LINE, (*_AGENT, "incident_manager")),
    Person("Eva Mulder", "eva", "Workplace", _PROFESSIONAL),
    Person("Milan Janssen", "milan", "Workplace", _PROFESSIONAL),
    Person("Anouk Peters", "anouk", "Workplace", _PROFESSIONAL),
    Person("Joris Vermeer", "joris", "Workplace", (*_PROFESSIONAL, "team_lead")),
    Person("Selin Kaya", "selin", "Workplace", _PROFESSIONAL),
    Person("Daan Brouwer", "daan", "Network", _PROFESSIONAL),
    Person("Priya Nair", "priya", "Network", _PROFESSIONAL),
    Person("Koen Hofman", "koen", "Network", (*_PROFESSIONAL, "architect")),
    Person("Maud van Dam", "maud", "Network", _PROFESSIONAL),
    Person("Hugo Dekker", "hugo", "Care Applications", (*_PROFESSIONAL, "change_coordinator")),
    Person("Zoë Martens", "zoe", "Care Applications", _PROFESSIONAL),
    Person("Bilal Amrani", "bilal", "Care Applications", (*_PROFESSIONAL, "approver")),
    Person("Julia Kok", "julia", "Care Applications", _PROFESSIONAL),
    Person("Stijn Jacobs", "stijn", "Identity and Access", _PROFESSIONAL),
    Person("Nina Schouten", "nina", "Identity and Access", (*_PROFESSIONAL, "security_officer")),
    Person("Omar Said", "omar", "Identity and Access", _PROFESSIONAL),
    Person("Fleur Bos", "fleur", "Data and Integration", _PROFESSIONAL),
    Person("Teun Prins", "teun", "Data and Integration", (*_PROFESSIONAL, "process_coordinator")),
    Person("Iris Vonk", LEADER, PROVIDER, ("it_director", "service_level_manager", "leader")),
)
CALLERS = (
    Person("Bram Hendriks", USER, HOSPITAL, ("user",)),
    Person("Sanne Meijer", "sanne", HOSPITAL, ("user",)),
    Person("Jasper Groen", "jasper", HOSPITAL, ("user",)),
    Person("Esra Yilmaz", "esra", HOSPITAL, ("user",)),
    Person("Linde van Beek", "linde", HOSPITAL, ("client", "user")),
    Person("Pieter Los", "pieter", HOSPITAL, ("user",)),
    Person("Amina Diallo", "amina", HOSPITAL, ("user",)),
    Person("Wouter Kamp", "wouter", CLINIC, ("client", "user")),
    Person("Hanna Blom", "hanna", CLINIC, ("user",)),
    Person("Rik Timmer", "rik", CLINIC, ("user",)),
    Person("Dina Solak", "dina", LABORATORY, ("client", "user")),
    Person("Guus Evers", "guus", LABORATORY, ("user",)),
    Person("Mei Lin Zhou", "meilin", LABORATORY, ("user",)),
)


class Offer(NamedTuple):
    """A service that is offered, and its targets in hours of response and restore, from P1 to P4."""

    name: str
    description: str
    day_and_night: bool
    hours: tuple[tuple[float, float], ...]


_BASIC = ((0.5, 4), (1, 8), (4, 24), (8, 48))
_CARE = ((0.25, 4), (0.5, 12), (4, 60), (8, 120))
SERVICES = (
    Offer("Workplace", "Workstations, laptops and mobile workstations.", False, _BASIC),
    Offer("Printing", "Printers, label printers and wristbands.", False, _BASIC),
    Offer("Mail and calendar", "Mail, calendars and room reservation.", False, _BASIC),
    Offer("Telephony", "Telephones, emergency calls and call centre.", True, _CARE),
    Offer("Network and Wi-Fi", "Wired and wireless networks of all sites.", True, _CARE),
    Offer("Remote access", "Working from home and access for suppliers.", False, _BASIC),
    Offer("Accounts and access", "Accounts, passwords, staff passes and rights.", False, _BASIC),
    Offer("Patient record", "The record of every patient, medication orders included.", True, _CARE),
    Offer("Radiology images", "Images of radiology and their viewer.", True, _CARE),
    Offer("Laboratory system", "Requests, samples and results.", True, _CARE),
    Offer("Planning and rosters", "Rosters of staff and planning of treatment rooms.", False, _BASIC),
    Offer("Reporting", "Dashboards and monthly figures.", False, ((1, 8), (2, 16), (8, 40), (8, 80))),
)
