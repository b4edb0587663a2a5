"""One caller who sends as many requests as possible: `python -m tests.bench.attacker PORT KIND SECONDS`; the token is in
ATTACKER_TOKEN.
"""

import asyncio
import json
import os
import sys
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.load import Request, body, closed_loop

FORM = {"content-type": "application/x-www-form-urlencoded"}
CALENDAR = {
    "calendar": {"zone": "Europe/Amsterdam", "hours": {"monday": [["08:00", "18:00"]]}},
    "operation": "add",
    "start": "2026-11-23T09:00:00Z",
    "seconds": 100_000_000,
}


def nested(megabytes: float) -> bytes:
    """A body of nested lists, as a client sends it who wants the parser to work."""
    return b'{"title": ' + b"[" * 20 + b"1," * int(megabytes * 512 * 1024) + b"1" + b"]" * 20 + b"}"


def _password(number: int) -> Request:
    form = {"grant_type": "password", "username": f"nobody-{number}", "password": "a wrong password"}
    return "POST", "/governance/v1/token", FORM, urllib.parse.urlencode(form).encode()


def _calendar(_: int) -> Request:
    return "POST", "/service-level/v1/calendars/compute", {}, body(CALENDAR)


LARGE, HUGE = nested(0.9), nested(14)


@dataclass(frozen=True)
class Kind:
    """What is asked, over how many connections, and whether it is signed with the token of somebody without roles."""

    make: Callable[[int], Request]
    signed: bool = False
    connections: int = 8


KINDS = {
    "passwords": Kind(_password),
    "calendars": Kind(_calendar),
    "documents": Kind(lambda _: ("GET", "/incident/openapi.json", {}, b"")),
    "large bodies": Kind(lambda _: ("POST", "/incident/v1/calls", {}, LARGE)),
    "huge bodies": Kind(lambda _: ("POST", "/incident/v1/imports", {}, HUGE), connections=1),
    "lists": Kind(lambda _: ("GET", "/incident/v1/incidents?limit=200&count=true", {}, b""), signed=True),
    "feeds": Kind(lambda _: ("GET", "/governance/v1/events?limit=1000", {}, b""), signed=True),
    "large signed bodies": Kind(lambda _: ("POST", "/incident/v1/calls", {}, LARGE), signed=True),
}


async def attack(port: int, kind: Kind, seconds: float, bearer: str) -> dict[str, float]:
    """Ask for `seconds`; how many requests were answered and refused."""
    bearers = [bearer] if kind.signed else []
    result = await closed_loop(port, kind.make, clients=kind.connections, seconds=seconds, bearers=bearers)
    return {"answered": len(result.latencies), "refused": result.refused}


if __name__ == "__main__":
    done = asyncio.run(attack(int(sys.argv[1]), KINDS[sys.argv[2]], float(sys.argv[3]), os.environ["ATTACKER_TOKEN"]))
    sys.stdout.write(json.dumps(done))
