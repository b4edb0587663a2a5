"""Policies: which roles open which rows. What a policy opens to a caller is decided here once, for queries and for changes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, Text, Uuid, and_, any_, bindparam, cast, exists, false, or_, true

from shared import clock
from shared.access.callers import Caller, Grant
from shared.access.clauses import Clause, merged
from shared.access.confidential import OPENED
from shared.contracts.roles import ANYBODY, PROVIDER_ROLES, ROLES, SUPPLIERS

#: every row within the scope of the grant
ALL = ("*",)
#: every row, for any scope of the grant: for what everybody with the role may know
ANYWHERE = ("*", "anywhere")
#: rows that name no party, for any scope of the grant: they are meant for every party
NO_PARTY = "no_party"
#: rows whose column `public` is true, for any scope of the grant: they are meant for everybody
PUBLIC = "public"

#: how a row is tied to a caller: the value that its column has then (`party_id`: of the grant's party, else the caller's own)
_TIES: Mapping[str, Callable[[Caller, Grant], Iterable[object]]] = {
    "party_id": lambda caller, grant: [grant.party or caller.party],
    "team_id": lambda caller, _: caller.teams,
    "registered_by": lambda caller, _: [caller.id],
    "person_id": lambda caller, _: [caller.person],
    "caller_id": lambda caller, _: [caller.person],
    "requester_id": lambda caller, _: [caller.person],
}
#: what opens rows for any scope of the grant, and the value that the row has then
_ANY_SCOPE: Mapping[str, object] = {NO_PARTY: None, PUBLIC: True}
#: which column a scope narrows
_SCOPES = {"party": "party_id", "team": "team_id", "service": "service_id"}

#: a record with a team in this column is confidential
CONFIDENTIAL = "confidential_team_id"
#: who reported a record: this person sees it even when it is confidential
_REPORTERS = ("registered_by", "caller_id", "requester_id")

Side = Literal["provider", "supplier", "client"]
#: role, or several of them → the rows that they open
Rules = Mapping[str | tuple[str, ...], tuple[str, ...]]


class Shape(NamedTuple):
    """What a statement is compiled by: the columns of each clause (`None`: every row), and the kind of caller.

    `caller_kind` is "itself" for the service, "administrator" for somebody who may open confidential records, else "somebody".
    """

    clauses: tuple[tuple[str, ...], ...] | None
    caller_kind: str


@dataclass(frozen=True)
class Reach:
    """The rows that a policy opens: those that fulfil all conditions of any clause; a clause without conditions opens all."""

    clauses: tuple[Clause, ...]
    caller: Caller | None = None

    @cached_property
    def shape(self) -> Shape:
        """What a statement for these rows is compiled by; the values follow with each query."""
        caller_kind = "itself" if self.caller is None else "administrator" if self.caller.administers else "somebody"
        everything = () in self.clauses
        return Shape(
            None if everything else tuple(tuple(name for name, _ in each) for each in self.clauses), caller_kind
        )

    @property
    def values(self) -> dict[str, object]:
        """The values of the predicate that `rows` makes of the shape."""
        return self._lasting if self.caller is None else {**self._lasting, "insider_now": clock.now()}

    @cached_property
    def _lasting(self) -> dict[str, object]:
        found: dict[str, object] = {
            _parameter(number, name): sorted(values, key=str)
            for number, clause in enumerate(self.clauses)
            for name, values in clause
        }
        if self.caller is not None:
            found |= {
                "insider_teams": list(self.caller.teams),
                "insider_id": self.caller.id,
                "insider_person": self.caller.person,
            }
        return found


class Policy:
    """One row of a service's table of rights: role → the rows that it opens.

    A rule is `ALL`, `ANYWHERE`, or the columns that tie a row to the caller, e.g. `("party_id", "caller_id")`; `NO_PARTY` and
    `PUBLIC` beside or instead of them open rows for everybody. The scope of a grant narrows what its role opens: a role for one
    team opens only that team's rows, and none of a kind without teams. Roles of another process open nothing, unless the
    policy is for `reading`. `columns` gives the attributes of a kind where they have other names, as
    `{"party_id": "id"}`.
    """

    def __init__(
        self, process: str, rules: Rules, *, reading: bool = False, columns: Mapping[str, str] | None = None
    ) -> None:
        self.process, self.reading = process, reading
        self.rules = {
            role: rule for roles, rule in rules.items() for role in ((roles,) if isinstance(roles, str) else roles)
        }
        self.columns = {NO_PARTY: "party_id", **(columns or {})}
        unknown = (set(self.rules) - {*ROLES, ANYBODY}) | (
            {name for rule in self.rules.values() for name in rule} - {*_TIES, *ANYWHERE, *_ANY_SCOPE}
        )
        if unknown:
            raise ValueError(f"neither a role nor a column of a rule: {', '.join(sorted(unknown))}")

    @property
    def wanted(self) -> tuple[str, ...]:
        """The roles that open anything."""
        return tuple(self.rules)

    def admits(self, caller: Caller | None) -> bool:
        """Whether the policy can open any row to the caller; `None` is the service itself."""
        return caller is None or bool(self.reach(caller).clauses)

    def opens_all(self, caller: Caller | None) -> bool:
        """Whether the policy opens every row to the caller, but for confidential ones."""
        return () in self.reach(caller).clauses

    def reach(self, caller: Caller | None) -> Reach:
        """The rows that are open to the caller."""
        if caller is None:
            return EVERY_ROW
        known: Reach | None = caller.remembered.get(self)
        if known is None:
            clauses: Iterable[Clause] = ((),)
            if not caller.administers:
                clauses = (clause for _, opened in self._by_role(caller) for clause in opened)
            known = caller.remembered[self] = Reach(merged(clauses), caller)
        return known

    def roles(self, caller: Caller | None, record: object) -> frozenset[str] | None:
        """The roles whose grants open this record; `None` means every role (the service itself, administrators).

        A role counts only for the rows of its own grant. An administrator gets a confidential record only by a query with
        the condition of `rows`, so it is open here.
        """
        if caller is None or caller.administers:
            return None
        if not _is_insider(caller, record):
            return frozenset()
        return frozenset(
            role for role, clauses in self._by_role(caller) if any(self._fulfils(record, clause) for clause in clauses)
        )

    def parties(self, caller: Caller) -> frozenset[UUID]:
        """The caller's own party, and those whose records the policy opens to the caller as such."""
        named = (values for clause in self.reach(caller).clauses for name, values in clause if name == "party_id")
        own = [caller.party] if caller.party else []
        return frozenset(own).union(*named)

    def side(self, caller: Caller | None, record: object) -> Side:
        """The side that the caller acts for on this record: the provider, a supplier that works on it, or the client."""
        roles = self.roles(caller, record)
        if roles is None or not roles.isdisjoint(PROVIDER_ROLES):
            return "provider"
        return "client" if roles.isdisjoint(SUPPLIERS) else "supplier"

    def covers(self, caller: Caller | None, record: object) -> bool:
        """Whether the record is open to the caller."""
        roles = self.roles(caller, record)
        return roles is None or bool(roles)

    def _by_role(self, caller: Caller) -> tuple[tuple[str, tuple[Clause, ...]], ...]:
        """What each grant of the caller opens."""
        known: tuple[tuple[str, tuple[Clause, ...]], ...] | None = caller.remembered.get(("by role", self))
        if known is None:
            opened = ((grant.role, tuple(self._clauses(caller, grant))) for grant in caller.opening)
            known = caller.remembered["by role", self] = tuple(opened)
        return known

    def _clauses(self, caller: Caller, grant: Grant) -> Iterable[Clause]:
        rule = self.rules.get(grant.role)
        if rule is None or not (self.reading or grant.holds_in(self.process)):
            return
        try:
            narrowed = _narrowed(grant.scope)
        except ValueError:  # a scope that this version does not know opens nothing
            return
        if rule == ANYWHERE:
            yield ()
            return
        yield from (((name, frozenset({value})),) for name, value in _ANY_SCOPE.items() if name in rule)
        for column in rule:
            if column in ALL:
                yield tuple(narrowed.items())
            if column not in _TIES:
                continue
            values = frozenset(value for value in _TIES[column](caller, grant) if value is not None)
            if column in narrowed:
                values &= narrowed[column]
            if values:
                yield tuple(sorted({**narrowed, column: values}.items()))

    def _fulfils(self, record: object, clause: Clause) -> bool:
        return all(self._matches(record, name, values) for name, values in clause)

    def _matches(self, record: object, name: str, values: frozenset[Any]) -> bool:
        value = getattr(record, self.columns.get(name, name), None)
        if isinstance(value, str):
            return value in {str(one) for one in values}
        return not values.isdisjoint(value) if isinstance(value, list | tuple) else value in values


EVERY_ROW = Reach(((),))


def rows(policy: Policy, table: Table, shape: Shape) -> ColumnElement[bool]:
    """The condition that a reach of this shape opens a row of `table`; the values come from the reach.

    A confidential record is open to its team and to who reported it, and to an administrator who opened it.
    """
    is_open: ColumnElement[bool] = true()
    if shape.clauses is not None:
        clauses = []
        for number, names in enumerate(shape.clauses):
            columns = [table.c.get(policy.columns.get(name, name)) for name in names]
            if all(column is not None for column in columns):
                conditions = (
                    _one_of(column, name, _parameter(number, name)) for column, name in zip(columns, names, strict=True)
                )
                clauses.append(and_(*conditions))
        is_open = or_(*clauses) if clauses else false()
    if shape.caller_kind == "itself" or CONFIDENTIAL not in table.c:
        return is_open
    return and_(is_open, _insider(table, shape))


def _insider(table: Table, shape: Shape) -> ColumnElement[bool]:
    team = table.c[CONFIDENTIAL]
    insiders = [team.is_(None), team == any_(bindparam("insider_teams", type_=ARRAY(Uuid)))]
    for name in _REPORTERS:
        if name in table.c:
            bound = "insider_person" if isinstance(table.c[name].type, Uuid) else "insider_id"
            insiders.append(table.c[name] == bindparam(bound, type_=table.c[name].type))
    if shape.caller_kind == "administrator":
        opened = exists().where(
            OPENED.c.record_id == table.c.id,
            OPENED.c.opened_by == bindparam("insider_id", type_=Text),
            OPENED.c.until > bindparam("insider_now", type_=OPENED.c.until.type),
        )
        insiders.append(opened)
    return or_(*insiders)


def _is_insider(caller: Caller, record: object) -> bool:
    team = getattr(record, CONFIDENTIAL, None)
    reporters = {getattr(record, name, None) for name in _REPORTERS} - {None}
    return team is None or team in caller.teams or not reporters.isdisjoint({caller.id, caller.person})


def _narrowed(scope: str | None) -> dict[str, frozenset[Any]]:
    kind, _, name = (scope or "").partition(":")
    if kind in ("", "process"):
        return {}
    if kind not in _SCOPES:
        raise ValueError(f"no such kind of scope: {kind}")
    return {_SCOPES[kind]: frozenset({UUID(name)})}


def _one_of(column: Any, name: str, parameter: str) -> ColumnElement[bool]:
    if name in _ANY_SCOPE:
        return column.is_(_ANY_SCOPE[name])  # type: ignore[no-any-return]
    if isinstance(column.type, ARRAY):
        return column.op("&&")(bindparam(parameter, type_=column.type))  # type: ignore[no-any-return]
    if isinstance(column.type, Uuid):
        return column == any_(bindparam(parameter, type_=ARRAY(Uuid)))  # type: ignore[no-any-return]
    # these columns store ids as text: of callers, and of teams where the name of a team of another system may be instead
    given = Text if name == "registered_by" else Uuid
    return column == any_(cast(bindparam(parameter, type_=ARRAY(given)), ARRAY(Text)))  # type: ignore[no-any-return]


def _parameter(number: int, name: str) -> str:
    return f"reach_{number}_{name}"
