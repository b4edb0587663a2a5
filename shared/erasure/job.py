"""The job that erases: a few chains of events in each transaction, so that a long history blocks nobody."""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from shared import clock
from shared.contracts.erasure import ErasedEvent, ErasureAnswered, ErasureRecorded
from shared.erasure import stored
from shared.erasure.chains import Chain, PersonalTexts, fields_of, paths_to_erase, texts_of
from shared.erasure.delivered import erase_delivered
from shared.erasure.stored import Task
from shared.inbox import erased_fields
from shared.records.links import Link
from shared.records.notes import Note
from shared.redaction import Path
from shared.unit_of_work import Work

CHAINS_AT_ONCE = 20
#: the texts of the kernel's own tables
OF_EVERY_SERVICE = (
    PersonalTexts(Note, ("text",), author="author_id"),
    PersonalTexts(Link, ("target_reason",)),
)


async def erase_due(work: Work, declared: Sequence[PersonalTexts]) -> int:
    """Take the next step of an erasure; returns how many chains were read, or parts of the event log searched.

    A chain that somebody is changing, or with an event that has no number yet, is read a moment later.
    """
    declared = (*OF_EVERY_SERVICE, *declared)
    async with work:
        task = await stored.due(work.session)
        if task is None:
            return 0
        done = await _step(work, task, declared)
        task.updated_at = max(clock.now(), task.updated_at)
        await stored.save(work.session, task)
        return done


async def _step(work: Work, task: Task, declared: Sequence[PersonalTexts]) -> int:
    if task.searched is not None:
        await stored.search(work.session, task, declared)
        return 1
    waiting = await stored.chains_to_read(work.session, task, CHAINS_AT_ONCE)
    if waiting:
        chains = await stored.load(work.session, waiting, declared)
        await _erase(work, task, chains, fields_of(declared))
        await stored.chains_read(work.session, task, list(chains))
        return len(chains)
    if not await erase_delivered(work.session, task):
        return 0
    task.answered_at = clock.now()
    if task.changed:
        task.changed = False
        work.emit(task, ErasureAnswered(person_id=task.person_id, records=task.records, events=task.events))
    return 1


async def _erase(work: Work, task: Task, chains: dict[UUID, Chain], fields: Collection[str]) -> None:
    """Erase the person's texts in the rows and events of these chains, and record which events lost theirs."""
    person = str(task.person_id)
    erased = await erased_fields(work.session, _references(chains))
    paths: dict[UUID, dict[Path, str]] = {}
    changed: Counter[str] = Counter()
    touched: set[UUID] = set()
    for identity, chain in chains.items():
        texts = texts_of(person, chain, fields, erased)
        for row in chain.rows:
            if columns := [name for name, text in row.texts.items() if text in texts]:
                await stored.erase_columns(work.session, row, columns)
                changed[row.declared.table.name] += 1
        found = {each.id: places for each in chain.events if (places := paths_to_erase(person, each, fields, texts))}
        if found:
            paths |= found
            touched.add(identity)
    task.count(changed, len(paths))
    if paths:
        await _record(work, task, chains, paths, touched)


async def _record(
    work: Work, task: Task, chains: dict[UUID, Chain], paths: dict[UUID, dict[Path, str]], touched: set[UUID]
) -> None:
    digests = await stored.digests_without(work.session, paths)
    subjects = {each.id: each.subject for chain in chains.values() for each in chain.events}
    events = [
        ErasedEvent(id=event, subject=subjects[event], fields=sorted(set(places.values())), digest=digests[event])
        for event, places in paths.items()
    ]
    recorded = ErasureRecorded(person_id=task.person_id, chains=sorted(touched), events=events)
    record = work.emit(task, recorded)
    await work.flush()
    await stored.erase_data(work.session, record, paths)


def _references(chains: dict[UUID, Chain]) -> set[str]:
    """The ids of events and records of other services that these chains go back to."""
    found = {each.causationid for chain in chains.values() for each in chain.events}
    found |= {row.original for chain in chains.values() for row in chain.rows}
    return {str(each) for each in found if each is not None}
