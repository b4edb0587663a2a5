"""A fake platform: it answers as the services do, records requests, and fails on demand."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import httpx2
from typer.testing import CliRunner, Result

from cli.__main__ import app
from cli.client import Environment

URL = "http://zeven.example"
COMPLETED = "01900000-0000-7000-8000-00000000c0de"
PASSWORD = "correct horse battery"
Answer = Callable[[httpx2.Request], httpx2.Response | None]


def problem(status: int, detail: str, **more: Any) -> httpx2.Response:
    body = {"type": "urn:zeven:problem:x", "title": "No", "status": status, "detail": detail, "trace_id": "t1", **more}
    return httpx2.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


def event(source: str, position: int, time: str, **more: Any) -> dict[str, Any]:
    identity = f"{source}-{position}"
    return {
        "id": identity,
        "type": "thing.happened.v1",
        "source": source,
        "subject": identity,
        "time": time,
        "correlationid": "chain",
        "actor": {"type": "person", "id": "admin"},
        "historical": False,
        "data": {},
        "position": position,
        **more,
    }


def rebuild(state: str = "running", *positions: int, reason: str | None = None, **more: Any) -> dict[str, Any]:
    """A rebuild from feeds of 1,000 events each, read up to these positions."""
    feeds = [
        {"service": name, "last": 1000, "position": position, "read": position, "handled": position // 10}
        for name, position in zip(("governance", "incident"), positions, strict=False)
    ]
    known = {"id": "r1", "state": state, "started_by": "admin", "created_at": "2026-11-23T09:00:00Z", "feeds": feeds}
    return {**known, "dropped_at": "2026-11-23T09:00:01Z" if feeds else None, "reason": reason, **more}


def rebuilding() -> Iterator[dict[str, Any]]:
    """What is answered, one time after the other, while a rebuild runs."""
    yield rebuild()
    for done in range(0, 1000, 250):
        yield rebuild("running", done, 0)
    yield rebuild("running", 1000, 500)
    yield rebuild("completed", 1000, 1000)


class Pretended:
    """Services by name; `interrupt` may answer a request in their place, `now` is the only time there is."""

    def __init__(self, *services: str) -> None:
        self.services = services or ("governance", "incident", "service_level")
        self.requests: list[tuple[str, str]] = []
        self.interrupt: Answer = lambda _: None
        self.now = 0.0
        self.slept: list[float] = []
        self.tokens = 0
        self.token_life = 1800
        self.valid: set[str] = set()
        self.refresh_works = True
        self.held: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.outside: list[dict[str, Any]] = []
        self.skip: dict[str, str] = {}
        self.backlog: list[int] = []
        self.import_status = "done"
        self.dead: dict[str, list[dict[str, Any]]] = {}
        self.feeds: dict[str, list[dict[str, Any]]] = {}
        self.rebuilds: list[dict[str, Any]] = []
        self.rebuilding = rebuilding()
        self.unready: dict[str, int] = {}
        self.cut_off: tuple[str, ...] = ()
        self.behind_a_gateway = False
        self.without_rebuild = ("governance",)
        self.more: dict[str, Any] = {}
        self.pages: dict[str, Callable[[httpx2.Request], Any]] = {}

    def zeven(self, *arguments: str) -> Result:
        environment = Environment(httpx2.MockTransport(self._handle), self._sleep, lambda: self.now)
        clock, nap = SimpleNamespace(monotonic=lambda: self.now), SimpleNamespace(sleep=self._sleep)
        with patch("tenacity.time", clock), patch("tenacity.nap.time", nap):
            result = CliRunner().invoke(app, [*arguments], obj=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def _handle(self, request: httpx2.Request) -> httpx2.Response:  # noqa: PLR0911 - one answer after another
        path = request.url.path
        self.requests.append((request.method, path))
        if (answer := self.interrupt(request)) is not None:
            return answer
        name = path.split("/")[1].replace("-", "_")
        if name not in self.services:
            return problem(404, "There is no such page.")
        if path.endswith("/readyz"):
            return self._readiness(name, request)
        if path == "/governance/v1/token":
            return self._token(dict(httpx2.QueryParams(request.content.decode())))
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid:
            return problem(401, "The token is not accepted: it has expired.")
        if path in self.pages:
            return httpx2.Response(200, json=self.pages[path](request))
        return self._service(name, path.split("/", 3)[3], request)

    def _readiness(self, name: str, request: httpx2.Request) -> httpx2.Response:
        lane = {"live": 2, "historical": 1, "oldest_live_seconds": 0.5}
        delivery = {"outbox": lane, "inbox": lane, "dead_letters": len(self.dead.get(name, []))}
        ready = name not in self.unready
        told = {
            "status": "ready" if ready else "not ready",
            "service": name,
            "database": "ok" if ready else "away",
            "migrations": "at head",
            "bus": "away" if name in self.cut_off else "ok",
            "delivery": delivery,
        }
        if self.behind_a_gateway and request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid:
            told = {"status": told["status"], "service": name}
        return httpx2.Response(self.unready.get(name, 200), json=told)

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        if form["grant_type"] == "refresh_token" and not self.refresh_works:
            return problem(401, "The refresh token has expired.")
        if form["grant_type"] == "password" and (form["username"], form["password"]) != ("admin", PASSWORD):
            return problem(401, "Name or password is wrong.")
        self.tokens += 1
        self.valid = {f"token-{self.tokens}"}
        told = {"access_token": f"token-{self.tokens}", "refresh_token": "again", "expires_in": self.token_life}
        return httpx2.Response(200, json=told | {"token_type": "Bearer"})

    def _service(self, name: str, place: str, request: httpx2.Request) -> httpx2.Response:  # noqa: PLR0911 - one per route
        query = request.url.params
        match request.method, place.split("/"):
            case "POST", ["imports"]:
                return httpx2.Response(200, json=self._import(json.loads(request.content)))
            case "GET", ["delivery"]:
                left = self.backlog.pop(0) if self.backlog else 0
                lane = {"live": 0, "historical": left, "oldest_live_seconds": 0.0}
                none = lane | {"historical": 0}
                answer = {"outbox": none, "inbox": lane, "dead_letters": len(self.dead.get(name, []))}
                received = "not for this service" if name in self.without_rebuild else self.import_status
                return httpx2.Response(
                    200, json=answer | {"status": received if query["event_id"] == COMPLETED else "not yet"}
                )
            case "GET", ["dead-letters"]:
                begin, dead = int(query.get("cursor", 0)), self.dead.get(name, [])
                end = begin + 1
                answer = {"items": dead[begin:end], "next": str(end) if end < len(dead) else None}
                return httpx2.Response(200, json=answer)
            case "GET", ["dead-letters", event_id]:
                for one in self.dead.get(name, []):
                    if one["event_id"] == event_id:
                        return httpx2.Response(200, json=one)
                return problem(404, "There is no such dead letter.")
            case "POST", ["dead-letters", event_id, "retry"]:
                left_over = [one for one in self.dead.get(name, []) if one["event_id"] != event_id]
                if len(left_over) == len(self.dead.get(name, [])):
                    return problem(404, "There is no such dead letter.")
                self.dead[name] = left_over
                return httpx2.Response(204)
            case "GET", ["events"]:
                after, limit = int(query["after"]), int(query["limit"])
                found = [one for one in self.feeds.get(name, []) if one["position"] > after]
                found = [one for one in found if query.get("type") in (None, one["type"])]
                return httpx2.Response(200, json={"items": found[:limit], "next": None})
            case "POST", ["rebuild"] if name not in self.without_rebuild:
                if self.rebuilds and self.rebuilds[-1]["state"] == "running":
                    return problem(409, f"{name} is being rebuilt already.")
                self.rebuilds.append(next(self.rebuilding))
                return httpx2.Response(202, json=self.rebuilds[-1])
            case "GET", ["rebuild", *_]:
                if self.rebuilds[-1]["state"] == "running":
                    self.rebuilds[-1] = next(self.rebuilding)
                return httpx2.Response(200, json=self.rebuilds[-1])
            case "POST", ["rebuild", _, "continue"]:
                assert self.rebuilds[-1]["state"] == "waiting"
                self.rebuilds[-1] = next(self.rebuilding)
                return httpx2.Response(202, json=self.rebuilds[-1])
        return problem(404, "There is nothing at this address.")

    def _import(self, body: dict[str, Any]) -> dict[str, Any]:
        self.bodies.append(body)
        skipped = [
            {"key": one["key"], "reason": self.skip[one["key"]]} for one in body["incidents"] if one["key"] in self.skip
        ]
        taken = [one for one in body["incidents"] if one["key"] not in self.skip]
        new = [one for one in taken if one["key"] not in self.held]
        self.held |= {one["key"]: json.dumps(one) for one in new}
        return {
            "source": body["source"],
            "imported": len(new),
            **self.more,
            "unchanged": len(taken) - len(new),
            "skipped": skipped,
            "steps": sum(len(one["steps"]) for one in new),
            "outside_lifecycle": [one for one in self.outside if one["key"] in {each["key"] for each in new}],
            "completed_event_id": COMPLETED if body.get("last") else None,
        }
