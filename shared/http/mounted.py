"""Routes for what belongs to any record; a service mounts them under the address of a kind of record."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ConfigDict, Field

from shared.access.policies import Policy
from shared.errors import invalid
from shared.fields import Line, RequestModel, ResponseModel, StrictBool, Text
from shared.http.lists import PageView, page_response
from shared.http.requests import Allowed
from shared.records import Copy, ListQuery, Noun
from shared.records.confidential import open_confidential
from shared.records.copies import active
from shared.records.links import Link, add_link, links
from shared.records.notes import Note, notes, write_note
from shared.records.timeline import TimelineItem, TimelineQuery, timeline
from shared.records.watchers import add_watcher, remove_watcher, watchers
from shared.unit_of_work import Work


class Timeline(PageView):
    """A page of what happened, in the order in which it was recorded."""

    items: list[TimelineItem]


class WriteNote(RequestModel):
    """A note to write at a record."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Restarted the print spooler.", "public": True}]}
    )
    text: Text
    public: Annotated[StrictBool, Field(description="Whether the client side sees it too.")] = False


class NoteView(ResponseModel):
    """A note at a record; `by_provider` says that it was not written by the client's side."""

    id: UUID
    record_id: UUID
    public: bool
    by_provider: bool
    text: str
    author_id: str
    created_at: datetime


class NotePage(PageView):
    """A page of notes."""

    items: list[NoteView]


class BelongingQuery(ListQuery):
    """What belongs to a record, oldest first unless another order is requested."""

    sort: Literal["created_at", "-created_at"] = "created_at"


class LinkView(ResponseModel):
    """A linked record: of another process when `target_id` is there, else of another system."""

    id: UUID
    record_id: UUID
    kind: str
    reference: str
    target_id: UUID | None
    target_state: str | None
    target_reason: Annotated[
        str | None, Field(description="Why it is in this state; the last reason that its process gave.")
    ]
    created_at: datetime


class LinkPage(PageView):
    """A page of what a record is linked to."""

    items: list[LinkView]


class Watchers(ResponseModel):
    """The ids of the people who follow a record."""

    items: list[UUID]
    next: None


class AddLink(RequestModel):
    """A record of another system to link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "supplier", "reference": "CASE-2231"}]})
    kind: Literal["problem", "incident", "rfc", "supplier", "caused_by", "duplicate_of", "configuration_item", "other"]
    reference: Line


class OpenConfidential(RequestModel):
    """Why an administrator must see a confidential record of another team."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Court order of 3 March, case 2231."}]})
    reason: Text


class ConfidentialAccess(ResponseModel):
    """Until when the record is open to the administrator."""

    record_id: UUID
    until: datetime


def mount_timeline(router: APIRouter, address: str, noun: Noun[Any], read: Policy) -> None:
    """Add the route for the timeline of a record, under its `address`; the policy `read` says who may read it."""
    record, reading = record_parameter(address), Allowed(read)

    async def read_timeline(
        request: Request, query: Annotated[TimelineQuery, Query()], record_id: UUID = record, work: Work = reading
    ) -> Response:
        async with work:
            noun.check(work, await noun.one(work, record_id), read)
            return page_response(request, await timeline(work, record_id, query))

    described = f"Everything that happened to the {noun.name} and to what belongs to it, in the order of recording."
    add_route(router, "GET", f"{address}/timeline", read_timeline, f"read_{noun.slug}_timeline", described, Timeline)


def mount_notes(
    router: APIRouter,
    address: str,
    noun: Noun[Any],
    internal: Policy,
    *,
    write: Policy | None = None,
    path: str = "notes",
) -> None:
    """Add the routes for the notes of a record, under its `address`; the policy `internal` says who may read internal ones.

    The policy `write` says who may write notes; without it there is no route for that, because writing a note of this noun
    has more effects.
    """
    record, reading = record_parameter(address), Allowed(noun.read)

    async def list_notes(
        request: Request, query: Annotated[BelongingQuery, Query()], record_id: UUID = record, work: Work = reading
    ) -> Response:
        async with work:
            found = await noun.one(work, record_id)
            return page_response(request, await notes(work, found, query, NoteView, internal))

    described = (
        f"The notes of the {noun.name}, oldest first; the client's side and suppliers see public ones and their own."
    )
    name = f"{noun.slug}_{path.replace('-', '_')}"
    add_route(router, "GET", f"{address}/{path}", list_notes, f"list_{name}", described, NotePage)
    if write is None:
        return
    writing = Allowed(write)

    async def add_note(body: WriteNote, record_id: UUID = record, work: Work = writing) -> NoteView:
        async with work:
            if earlier := await work.earlier_result():
                return NoteView.model_validate(await work.session.get_one(Note, earlier))
            found = await noun.one(work, record_id)
            noun.check(work, found, write)
            side = write.side(work.caller, found)
            note = write_note(work, found, text=body.text, public=body.public, side=side)
            work.remember_result(note.id)
        return NoteView.model_validate(note)

    described = f"Write a note at the {noun.name}; what the client's side writes is public."
    add_route(router, "POST", f"{address}/{path}", add_note, f"add_{noun.slug}_note", described, NoteView, 201)


def mount_links(router: APIRouter, address: str, noun: Noun[Any], write: Policy) -> None:
    """Add the routes for the links of a record, under its `address`; everybody who sees the record may read them.

    The policy `write` says who may link records of other systems.
    """
    record, reading, writing = record_parameter(address), Allowed(noun.read), Allowed(write)

    async def list_links(
        request: Request, query: Annotated[BelongingQuery, Query()], record_id: UUID = record, work: Work = reading
    ) -> Response:
        async with work:
            await noun.one(work, record_id)
            return page_response(request, await links(work, record_id, query, LinkView))

    async def add_record_link(body: AddLink, record_id: UUID = record, work: Work = writing) -> LinkView:
        async with work:
            if earlier := await work.earlier_result():
                return LinkView.model_validate(await work.session.get_one(Link, earlier))
            found = await noun.one(work, record_id, lock=True)
            noun.check(work, found, write)
            link = await add_link(work, found, kind=body.kind, reference=body.reference)
            work.remember_result(link.id)
        return LinkView.model_validate(link)

    described = (
        f"Everything that the {noun.name} is linked to, oldest first: records of other processes with their state."
    )
    add_route(router, "GET", f"{address}/links", list_links, f"list_{noun.slug}_links", described, LinkPage)
    described = f"Link a record of another system to the {noun.name}."
    add_route(router, "POST", f"{address}/links", add_record_link, f"add_{noun.slug}_link", described, LinkView, 201)


def mount_watchers(router: APIRouter, address: str, noun: Noun[Any], add_others: Policy, *, people: type[Copy]) -> None:
    """Add the routes to follow a record that one sees; the policy `add_others` says who may add and remove other people.

    `people` are the copies of people: nobody who is retired begins to follow a record.
    """
    record, reading = record_parameter(address), Allowed(noun.read)

    async def list_watchers(record_id: UUID = record, work: Work = reading) -> Watchers:
        async with work:
            await noun.one(work, record_id)
            return Watchers(items=list(await watchers(work, record_id)), next=None)

    async def change(work: Work, record_id: UUID, person_id: UUID, act: Any) -> None:
        async with work:
            found = await noun.one(work, record_id)
            if work.person != person_id:
                noun.check(work, found, add_others)
                if act is add_watcher and not await active(work, people, [person_id]):
                    raise invalid("#path/person_id", "no active person with this id is known here")
            await act(work, record_id, person_id)

    async def watch(person_id: UUID, record_id: UUID = record, work: Work = reading) -> None:
        await change(work, record_id, person_id, add_watcher)

    async def unwatch(person_id: UUID, record_id: UUID = record, work: Work = reading) -> None:
        await change(work, record_id, person_id, remove_watcher)

    path, name = f"{address}/watchers", noun.slug
    add_route(router, "GET", path, list_watchers, f"list_{name}_watchers", f"Who follows the {noun.name}.", Watchers)
    described = f"Follow the {noun.name}, or let somebody else follow it; a second time changes nothing."
    add_route(router, "PUT", f"{path}/{{person_id}}", watch, f"watch_{name}", described, None, 204)
    described = f"Stop following the {noun.name}; a second time changes nothing."
    add_route(router, "DELETE", f"{path}/{{person_id}}", unwatch, f"unwatch_{name}", described, None, 204)


def mount_confidential_access(router: APIRouter, address: str, noun: Noun[Any]) -> None:
    """Add the route by which administrators open a confidential record for an hour, for a reason that is recorded."""
    record = record_parameter(address)
    opening = Allowed(Policy(noun.read.process, {}))

    async def open_record(body: OpenConfidential, record_id: UUID = record, work: Work = opening) -> ConfidentialAccess:
        until = await open_confidential(work, noun, record_id, body.reason)
        return ConfidentialAccess(record_id=record_id, until=until)

    described = f"Open a confidential {noun.name} of another team for an hour; who did it, and why, is recorded."
    path = f"{address}/confidential-access"
    add_route(router, "POST", path, open_record, f"open_confidential_{noun.slug}", described, ConfidentialAccess)


def record_parameter(address: str) -> Any:
    """The parameter that names the record: the last one of the address."""
    return Path(alias=re.findall(r"{(\w+)}", address)[-1])


def add_route(
    router: APIRouter,
    method: str,
    path: str,
    endpoint: Callable[..., Any],
    name: str,
    description: str,
    model: Any,
    status: int = 200,
) -> None:
    """Add a route whose operation has this name and description."""
    endpoint.__doc__ = description
    router.add_api_route(path, endpoint, methods=[method], name=name, response_model=model, status_code=status)
