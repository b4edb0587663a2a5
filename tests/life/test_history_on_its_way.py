"""Normal work goes on during an import; a broken file is refused, and importing the whole file later doubles nothing."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from cli.demo_data import write
from tests.data.calculator import expected
from tests.life.commandline import Ended, zeven
from tests.life.desk import Desk, eventually, json_of
from tests.life.embedded import embedded, signed_in
from tests.life.processes import Process, until_quiet

INCIDENTS_OF_A_BUSY_DESK = 2000
CLOCKS, INCIDENTS = "/service-level/v1/clocks", "/incident/v1/incidents"


@pytest.fixture(scope="module")
async def process(logs: Path) -> AsyncIterator[Process]:
    """`python -m services` on a fresh data folder."""
    async with embedded(logs) as running:
        yield running


@pytest.fixture(scope="module")
async def client(process: Process) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks for admin."""
    async with signed_in(process) as admin:
        yield admin


async def bring_in(process: Process, file: Path, *options: str, source: str) -> Ended:
    """The ended import of `file` under a name of its own."""
    address = f"http://127.0.0.1:{process.port}"
    return await zeven(address, "import", "incidents", file, "--mapping", "uci", "--source", source, *options)


async def held(client: httpx2.AsyncClient) -> int:
    """How many incidents there are."""
    return int(json_of(await client.get(INCIDENTS, params={"limit": 1, "count": "true"}))["total"])


async def waiting(client: httpx2.AsyncClient) -> int:
    """How many events of the history are still on their way to service_level's clocks."""
    outbox = json_of(await client.get("/incident/v1/delivery"))["outbox"]
    inbox = json_of(await client.get("/service-level/v1/delivery"))["inbox"]
    return int(outbox["historical"] + inbox["historical"])


@pytest.mark.timeout(300)
async def test_a_live_call_has_its_clock_before_the_history_sent_earlier_is_through(
    process: Process, client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    file, desk = tmp_path / "history.csv.gz", Desk(client)
    write(file, incidents=INCIDENTS_OF_A_BUSY_DESK)
    coming = asyncio.create_task(bring_in(process, file, source="a busy desk"))

    async def all_sent() -> bool:
        return coming.done() or await held(client) == INCIDENTS_OF_A_BUSY_DESK

    await eventually(all_sent, "the history to be sent", 200)
    before = await waiting(client)
    call = await desk.make(
        "/incident/v1/calls", type="incident", title="No light", description="Dark.", impact="low", urgency="low"
    )
    await desk.first(CLOCKS, record_id=call["record"]["id"], target="restore")
    assert await waiting(client) > 0.75 * before > 0
    ended = await coming
    assert (ended.code, "balance 0 0" in ended.printed) == (0, True), ended.complaint


async def test_half_an_archive_changes_nothing_and_the_whole_one_is_taken_afterwards(
    process: Process, client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    await until_quiet([process])
    file, before = tmp_path / "history.csv.gz", await held(client)
    write(file, incidents=60)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    ended = await bring_in(process, file, source="half")
    assert ended.code == 1
    assert "the compressed file ends too early; download or copy it again" in ended.complaint
    assert await held(client) == before
    file.write_bytes(whole)
    assert (await bring_in(process, file, source="half")).code == 0
    assert await held(client) == before + 60


@pytest.mark.parametrize(
    ("encoding", "why"),
    [("latin-1", "the text is not UTF-8 (byte 0xe9"), ("utf-16", "the text is UTF-16; save it as UTF-8")],
)
async def test_a_file_in_another_encoding_is_named_with_its_remedy(
    process: Process, client: httpx2.AsyncClient, tmp_path: Path, encoding: str, why: str
) -> None:
    file, before = tmp_path / "history.csv", await held(client)
    write(file, incidents=5)
    file.write_bytes(
        file.read_text("utf-8").replace("Network", "Réseau").replace("Desk", "Comptoir é").encode(encoding)
    )
    ended = await bring_in(process, file, source="elsewhere")
    assert ended.code == 1
    assert why in ended.complaint
    assert await held(client) == before


async def test_a_file_cut_within_a_row_changes_nothing_until_skips_are_allowed_and_the_whole_one_completes_it(
    process: Process, client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    # a plain file that is cut within a row is not known to be cut before that row is read
    file, before = tmp_path / "history.csv", await held(client)
    write(file, incidents=60)
    whole = file.read_bytes()
    last = whole.rstrip().rfind(b"\n")
    file.write_bytes(whole[: last + 30])
    broken = await bring_in(process, file, source="cut")
    assert broken.code == 1
    assert "1 incident was skipped, so nothing was sent" in broken.complaint
    assert await held(client) == before
    partly = await bring_in(process, file, "--allow-skips", source="cut")
    assert (partly.code, "balance 0 0" in partly.printed) == (0, True)
    assert await held(client) == before + 59
    file.write_bytes(whole)
    ended = await bring_in(process, file, source="cut")
    assert (ended.code, "imported 1 unchanged (imported before) 59" in ended.printed) == (0, True), ended.complaint
    performance = json_of(await client.get("/service-level/v1/performance"))
    assert performance["incidents"] == await held(client)


async def test_the_file_may_be_compressed_or_not(process: Process, client: httpx2.AsyncClient, tmp_path: Path) -> None:
    file, before = tmp_path / "history.csv", await held(client)
    write(file, incidents=20)
    assert (await bring_in(process, file, source="plain")).code == 0
    compressed = tmp_path / "history.csv.gz"
    compressed.write_bytes(gzip.compress(file.read_bytes()))
    ended = await bring_in(process, compressed, source="plain")
    assert (ended.code, "imported 0 unchanged (imported before) 20" in ended.printed) == (0, True)
    assert await held(client) == before + expected(file)["incidents"]
