"""The job that deletes what is old enough: a batch of one kind in each transaction, with its receipt."""

from collections.abc import Sequence

from shared.contracts.retention import RecordsRetired
from shared.retention import stored
from shared.retention.declared import Retained
from shared.unit_of_work import Work

AT_ONCE = 200


async def retire_due(work: Work, kinds: Sequence[Retained]) -> int:
    """Delete a batch of records that are due by the rule of their kind; returns how many.

    The data of all events about them are erased; position, hash and envelope stay, and the receipt names them.
    """
    async with work:
        rules = await stored.rules(work.session) if kinds else {}
        for kind in kinds:
            rule = rules.get(kind.kind)
            if rule is None or rule.days is None:
                continue
            ids = await stored.take_due(work.session, kind, rule.days, AT_ONCE)
            if not ids:
                continue
            deleted = await stored.delete_records(work.session, kind, ids, rule.days)
            events = await stored.events_about(work.session, deleted)
            receipt = RecordsRetired(kind=kind.kind, days=rule.days, records=deleted, events=events)
            record = work.emit(rule, receipt)
            await work.flush()
            await stored.erase_events(work.session, record)
            await stored.save(work.session, rule)
            await stored.remember_retired(work.session, deleted, here=True)
            return len(ids)
        return 0
