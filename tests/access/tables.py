"""The table of a service under test: its records, and its routes, each with who may use it on which record."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.contracts.roles import ADMINISTRATOR, FEED_READER, OPERATOR, ROLES
from shared.runtime import Service
from tests.access.callers import NOWHERE, PEOPLE, TEAMS, Caller, Grant
from tests.access.oracle import PROVIDER, Record, Rule, administrators, anybody_with, holds, technical
from tests.world import World

Records = Mapping[str, Sequence[Record]]


@dataclass(frozen=True)
class Route:
    """One way to ask a service for something: a read, or an act with its body.

    `template` is the route's address below `/v1`; `of` the kind of record that it is about, or of what is to come (then
    `hidden` is false: nobody can be shown that it is there). `may` says who is answered. `path` makes the address for a caller
    and a record where the record's id alone does not; `body` what is sent; `versioned` adds If-Match. Who may do what is
    `harmful` does not do it here: it cannot be undone.
    """

    method: str
    template: str
    may: Rule
    of: str = ""
    path: Callable[[Caller, Record], str] | None = None
    body: Callable[[Caller, Record], Any] | None = None
    versioned: bool = False
    harmful: bool = False
    hidden: bool = True
    #: whether an answer shows the caller what it should, and no more
    shows: Callable[[Caller, Record, Any], bool] | None = None
    name: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.template} {self.name}".strip()

    def address(self, caller: Caller, record: Record) -> str:
        """The path below `/v1` for a record."""
        return self.path(caller, record) if self.path is not None else _filled(self.template, record)


@dataclass(frozen=True)
class Listed:
    """A list of all records of a kind: `shown` says which of them the caller sees; `field` of an item names its record."""

    template: str
    of: str
    shown: Rule
    query: str = "limit=200&count=true"
    field: str = "id"


@dataclass(frozen=True)
class Belonging:
    """A list of what belongs to one record: those items for which `shown` holds; `field` of an item names it."""

    template: str
    of: str
    shown: Callable[[Caller, Record, Any], bool]
    field: str = "id"

    def address(self, record: Record) -> str:
        """The path below `/v1` for a record."""
        return _filled(self.template, record)


@dataclass(frozen=True)
class Table:
    """A service with its routes and lists; `furnish` makes records of every kind, `sees` says by kind who sees which."""

    service: Service
    furnish: Callable[[World], Awaitable[Records]]
    sees: Mapping[str, Rule]
    routes: Sequence[Route]
    lists: Sequence[Listed] = ()
    belonging: Sequence[Belonging] = ()
    #: roles with rights of their own, of which random callers have more
    special_roles: Sequence[str] = ()
    #: of the routes, how many a caller with narrow grants tries
    share: float = 0.15
    #: routes that are tested elsewhere, and where
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def everything(self) -> list[Route]:
        """The routes of the table, and those that every service has."""
        kinds = [each.kind for each in self.service.retained]
        return [*self.routes, *kernel(self.service.name, rebuilds=self.service.rebuilds, kinds=kinds)]


def kernel(process: str, *, rebuilds: bool, kinds: Sequence[str]) -> list[Route]:
    """What operators and programs do in every service."""
    feeds, figures = technical(process, FEED_READER), technical(process, FEED_READER, OPERATOR)
    operates = technical(process, OPERATOR)
    found = [
        Route("GET", "/events", feeds),
        Route("GET", "/delivery", figures),
        Route("GET", "/dead-letters", operates),
        Route("GET", "/dead-letters/{event_id}", operates, path=_nowhere("/dead-letters/{}")),
        Route("GET", "/quarantine", operates),
        Route("GET", "/erasure-tasks", operates),
        Route("GET", "/quarantine/{message_id}", operates, path=_nowhere("/quarantine/{}")),
        *(
            Route("POST", f"/{place}/{{{key}}}/{act}", operates, path=_nowhere(f"/{place}/{{}}/{act}"), body=body)
            for place, key in (("dead-letters", "event_id"), ("quarantine", "message_id"))
            for act, body in (("retry", None), ("discard", _why))
        ),
        Route("GET", "/audit", operates),
        Route("GET", "/audit/anchor", operates),
    ]
    if kinds:
        rule, days = f"/retention/{kinds[0]}", {"days": 9, "reason": "Policy 12."}
        found += [
            Route("GET", "/retention", administrators),
            Route("PUT", "/retention/{kind}", administrators, path=lambda *_: rule, body=lambda *_: days, harmful=True),
            Route("GET", "/retention/{kind}/preview", administrators, path=lambda *_: f"{rule}/preview?days=9"),
        ]
    if rebuilds:
        found += [
            Route("POST", "/rebuild", administrators, harmful=True),
            Route("GET", "/rebuild", administrators),
            Route("GET", "/rebuild/{rebuild_id}", administrators, path=_nowhere("/rebuild/{}")),
            Route("POST", "/rebuild/{rebuild_id}/continue", administrators, path=_nowhere("/rebuild/{}/continue")),
        ]
    return found


def duties(process: str) -> list[Route]:
    """What waits for a person: read by the provider's people, given to somebody else by those who act in this process."""

    def gives(caller: Caller, _: object = None) -> bool:
        here = (grant for grant in caller.grants if holds(grant) and (grant.kind != "process" or grant.name == process))
        return caller.administers or any(grant.role in PROVIDER for grant in here)

    address, path = "/people/{person_id}/duties", f"/people/{PEOPLE[0]}/duties"
    give: dict[str, Any] = {"path": lambda *_: f"{path}/handover", "body": lambda *_: {"to": PEOPLE[1]}}
    return [
        Route("GET", address, anybody_with(PROVIDER), path=lambda *_: path),
        Route("POST", f"{address}/handover", gives, **give),
    ]


def watching(template: str, of: str, sees: Rule, acts: Rule) -> list[Route]:
    """Following a record: oneself by everybody who sees it, somebody else by those who act on it for the provider."""

    def oneself(caller: Caller, record: Record) -> bool:
        return acts(caller, record) if caller.account else sees(caller, record)

    def path(caller: Caller, record: Record, *, other: bool) -> str:
        strangers = (str(one) for one in PEOPLE if str(one) != caller.sub)
        person = next(strangers) if other or caller.account else caller.sub
        return f"{_filled(template, record)}/watchers/{person}"

    address = f"{template}/watchers/{{person_id}}"
    own, others = partial(path, other=False), partial(path, other=True)
    return [
        Route("GET", f"{template}/watchers", sees, of),
        *(Route(method, address, oneself, of, path=own, name="oneself") for method in ("PUT", "DELETE")),
        *(Route(method, address, acts, of, path=others, name="somebody else") for method in ("PUT", "DELETE")),
    ]


def _filled(template: str, record: Record) -> str:
    before, brace, rest = template.partition("{")
    return f"{before}{record.id}{rest.partition('}')[2]}" if brace else template


def _nowhere(path: str) -> Callable[[Caller, Record], str]:
    return lambda _, __: path.format(NOWHERE)


def _why(_: Caller, __: Record) -> dict[str, str]:
    return {"reason": "a test"}


def able(record: Record) -> Caller:
    """Somebody in every role, who is of the record's party and of every team: to see what a request is answered at best."""
    roles = tuple(Grant(role) for role in ROLES if role != ADMINISTRATOR)
    return Caller(str(NOWHERE), roles, record.party, TEAMS)


def administrator() -> Caller:
    """An administrator."""
    return Caller(str(PEOPLE[0]), (Grant(ADMINISTRATOR),))
