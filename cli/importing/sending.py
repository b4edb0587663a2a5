"""Sends a history batch by batch; a batch may be sent again without harm."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2

from cli.client import Client
from cli.errors import Refused
from cli.history import Batch, History, MappedFile, batches
from cli.importing.tally import Tally

ADDRESS = "/incident/v1/imports"
_POINTER = re.compile(r"/incidents/(\d+)(/.*)?")


def send(client: Client, found: MappedFile, tally: Tally, size: int, advance: Callable[[int], None]) -> UUID:
    """Send every incident of a mapped file and count it in `tally`; returns the id of the event that ends the import.

    Raises `Refused` and `Unable` as the client does; what was sent before is imported, and the same command continues
    from there.
    """
    done = 0
    for batch in batches(found, size):
        answers, refused = _send(client, batch, tally.source) if batch.histories else ([], {})
        tally.add(batch, answers, refused)
        done += batch.rows
        advance(done)
    answer = client.post(ADDRESS, {"source": tally.source, "incidents": [], "last": True})
    return UUID(answer["completed_event_id"])


def _send(client: Client, batch: Batch, source: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The platform's answer, and why it refused some incidents; the rest is sent again without these."""
    refused: dict[str, str] = {}
    while batch.histories:
        try:
            return [client.post(ADDRESS, batch.body(source))], refused
        except Refused as refusal:
            wrong = _wrong(refusal, batch.histories)
            if not wrong:
                raise
            refused |= wrong
            batch = replace(batch, histories=[one for one in batch.histories if one.key not in wrong])
    return [], refused


def _wrong(refusal: Refused, histories: list[History]) -> dict[str, str]:
    """The reasons by key of the incidents that the problem points at; empty when it is about something else."""
    wrong: dict[str, str] = {}
    if refusal.status != httpx2.codes.UNPROCESSABLE_CONTENT:
        return wrong
    for error in refusal.problem.get("errors") or ():
        match = _POINTER.fullmatch(str(error.get("pointer")))
        if match is None or int(match[1]) >= len(histories):
            return {}
        wrong.setdefault(histories[int(match[1])].key, f"{match[2] or 'the incident'}: {error.get('detail')}")
    return wrong
