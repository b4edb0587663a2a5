"""Setting rules of retention, and what one would delete."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from shared import clock, security_log
from shared.contracts.retention import RetentionRuleSet
from shared.errors import NotFound
from shared.retention import stored
from shared.retention.declared import Retained
from shared.retention.stored import Rule
from shared.unit_of_work import Work


class NoSuchKind(NotFound):
    """The service deletes no records of this kind."""

    def __init__(self, kinds: Sequence[Retained]) -> None:
        known = ", ".join(each.kind for each in kinds) or "none"
        super().__init__(f"There is no such kind of record here; the kinds that can be deleted: {known}.")


def kind_named(kinds: Sequence[Retained], name: str) -> Retained:
    """The kind with this name; `NoSuchKind`."""
    for each in kinds:
        if each.kind == name:
            return each
    raise NoSuchKind(kinds)


async def rules(work: Work) -> dict[str, Rule]:
    """The rules that have been set, by kind."""
    async with work:
        return await stored.rules(work.session)


async def set_rule(work: Work, kind: Retained, days: int | None, reason: str) -> Rule:
    """The rule of a kind from now on; with `days` null nothing is deleted any more."""
    async with work:
        await stored.lock_rules(work.session)
        known = (await stored.rules(work.session)).get(kind.kind)
        rule = known or _new(kind.kind)
        before, rule.days, rule.reason, rule.set_by = rule.days, days, reason, work.actor.id
        work.emit(rule, RetentionRuleSet(kind=kind.kind, days=days, before=before, reason=reason))
        await stored.save(work.session, rule)
    security_log.record(
        "retention_rule_set", actor=work.actor.id, service=work.service, kind=kind.kind, days=days, before=before
    )
    return rule


async def how_many(work: Work, kind: Retained, days: int) -> int:
    """How many records a rule with these days would delete now."""
    async with work:
        return await stored.how_many_due(work.session, kind, days)


def _new(kind: str) -> Rule:
    identity: UUID = uuid7()
    return Rule(kind, identity, 0, identity, clock.now(), None, "", "")
