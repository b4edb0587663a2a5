"""The composed platform with TLS to the database and the broker, as the manual says."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.compose.composed import ROOT, Composed
from tests.life.story import run_story

CONNECTIONS = """
SELECT coalesce(json_object_agg(ssl, many), '{}') FROM (
  SELECT ssl, count(*) AS many FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE client_addr IS NOT NULL GROUP BY ssl
) AS found
"""
WITHOUT = """
import socket
try:
    socket.create_connection(("rabbitmq", 5672), timeout=5)
    print("open")
except OSError as error:
    print(type(error).__name__)
"""
OTHER_AUTHORITY = """
import asyncio, os, ssl, asyncpg, aio_pika
async def tried(connecting):
    try:
        await connecting
        return "connected"
    except (ssl.SSLCertVerificationError, aio_pika.exceptions.AMQPConnectionError, ConnectionError) as error:
        return "refused"
async def main():
    password = os.environ["ZEVEN_DATABASE_PASSWORD"]
    strangers = ssl.create_default_context()
    postgres = asyncpg.connect(host="postgres", user="incident", password=password, database="incident", ssl=strangers)
    bus = f"amqps://incident:{os.environ['ZEVEN_BUS_PASSWORD']}@rabbitmq:5671/"
    print(await tried(postgres), await tried(aio_pika.connect(bus, ssl_context=strangers)))
asyncio.run(main())
"""


@pytest.fixture
def encrypted() -> Iterator[Composed]:
    """A platform of its own with certificates of its own."""
    platform = Composed("docker-compose.yml", "deploy/tls/docker-compose.yml", suffix="-tls")
    certificates = platform.folder / "certificates"
    subprocess.run(["sh", ROOT / "deploy" / "tls" / "certificates.sh", certificates], check=True)
    platform.folder.chmod(0o755)
    platform.set("ZEVEN_CERTIFICATES", str(certificates))
    try:
        platform.build()
        platform.up()
        yield platform
    finally:
        platform.remove()


async def test_services_speak_to_the_database_and_the_broker_by_tls_alone(encrypted: Composed) -> None:
    async with await encrypted.signed_in() as admin:
        assert (await run_story(admin))["state"] == "closed"
    psql = ("psql", "--username=postgres", "--tuples-only", "--no-align", "--command", CONNECTIONS)
    found = json.loads(encrypted.compose("exec", "-T", "postgres", *psql))
    assert found.get("true", 0) >= 5
    assert "false" not in found
    assert encrypted.python("incident", WITHOUT).strip() == "ConnectionRefusedError"
    assert encrypted.python("incident", OTHER_AUTHORITY).split() == ["refused", "refused"]
