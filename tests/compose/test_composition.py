"""What docker-compose.yml guarantees before any work is done: secrets, ports, rights, and who may read what."""

import asyncio
import json
import re
import subprocess
from typing import Any

import httpx2
import pytest

from tests.compose.composed import ROOT, SERVICES, Composed, compose_environment
from tests.life.desk import eventually

DATABASES = {service: service.replace("-", "_") for service in SERVICES}
#: what is no service of ours, and the program that does its work
NEIGHBOURS = {"postgres": "postgres", "rabbitmq": "beam.smp", "prometheus": "prometheus"}
#: a line for each process: its name, and whose it is
OWNERS = "cd /proc; for each in [0-9]*; do echo $(cat $each/comm) $(grep ^Uid: $each/status); done 2>/dev/null"
CONNECT = """
import asyncio, os, sys, asyncpg
async def tried(service, database):
    url = os.environ["ZEVEN_DATABASE_URL"].replace("+asyncpg", "").replace("<", "{").replace(">", "}")
    password = os.environ["ZEVEN_DATABASE_PASSWORD"]
    url = url.rsplit("/", 1)[0].format(service=service, password=password) + "/" + database
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except asyncpg.PostgresError as error:
        return type(error).__name__
    events = await connection.fetchval("SELECT count(*) FROM event")
    dutch = await connection.fetchval("SELECT to_tsvector('dutch', 'ÉÉN')::text")
    await connection.close()
    return [events, dutch]
async def main():
    print(__import__("json").dumps({name: await tried("%s", name) for name in %r}))
asyncio.run(main())
"""


#: what a service that was taken over might try at the broker, with all that its container knows
ATTACK = """
import asyncio, json, os, aio_pika
from aiormq.exceptions import ChannelAccessRefused
url = os.environ["ZEVEN_BUS_URL"].replace("<", "{").replace(">", "}")
url = url.format(service="%s", password=os.environ["ZEVEN_BUS_PASSWORD"])
async def publish(channel, exchange):
    target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await target.publish(aio_pika.Message(b"{}"), routing_key="zeven.change" if not exchange else "party.changed.v1")
async def consume(channel, name):
    queue = await channel.get_queue(name, ensure=False)
    await queue.consume(asyncio.Queue().put)
async def declare(channel, **options):
    await channel.declare_queue("zeven.%s", durable=True, **options)
ATTACKS = {
    "publish as itself": lambda channel: publish(channel, "zeven.events.%s"),
    "publish as another": lambda channel: publish(channel, "zeven.events.governance"),
    "straight into a queue": lambda channel: publish(channel, ""),
    "read another's queue": lambda channel: consume(channel, "zeven.change"),
    "declare": declare,
    "declare passively": lambda channel: declare(channel, passive=True),
}
async def main():
    told = {}
    async with await aio_pika.connect(url) as connection:
        for name, attack in ATTACKS.items():
            try:
                await attack(await connection.channel())
                told[name] = "done"
            except ChannelAccessRefused:
                told[name] = "refused"
    print(json.dumps(told))
asyncio.run(main())
"""


def test_without_secrets_compose_stops_with_the_command_that_makes_them() -> None:
    command = ["docker", "compose", "--env-file", "/dev/null", "up", "--detach"]
    done = subprocess.run(command, cwd=ROOT, env=compose_environment(), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    # which of them it misses first is its own choice
    assert re.search(r"run `make (env|image)` first", done.stderr), done.stderr


async def test_the_gateway_speaks_for_the_whole_and_leads_to_every_service(composed: Composed) -> None:
    async with httpx2.AsyncClient(base_url=composed.url, timeout=30) as client:
        assert (await client.get("/livez")).json() == {"status": "alive"}
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
        page = (await client.get("/")).text
        whole = (await client.get("/openapi.json")).json()["paths"]
        for service in SERVICES:
            assert f'data-service="{service}"' in page
            health = (await client.get(f"/{service}/readyz")).json()
            assert (health["status"], health["service"]) == ("ready", DATABASES[service])
            paths = (await client.get(f"/{service}/openapi.json")).json()["paths"]
            assert paths.keys() <= whole.keys()
            assert all(path.startswith(f"/{service}/") for path in paths)
        unknown = await client.get("/nowhere")
        assert unknown.status_code == 404
        assert unknown.headers["Content-Type"] == "application/problem+json"
        assert unknown.json()["type"] == "urn:zeven:problem:not-found"


@pytest.mark.parametrize("service", SERVICES)
async def test_operating_figures_do_not_pass_the_gateway(composed: Composed, service: str) -> None:
    pretended = {"X-Forwarded-For": "127.0.0.1"}
    async with httpx2.AsyncClient(base_url=composed.url, timeout=30, headers=pretended) as client:
        for path in ("metrics", "metrics/", "/metrics", "%6Detrics", "v1/../metrics"):
            answer = await client.get(f"/{service}/{path}")
            assert answer.status_code == 404, path
            assert "zeven_" not in answer.text
        assert (await client.get(f"/{service}/readyz")).json().keys() == {"status", "service"}
        assert (await client.get("/readyz")).json().keys() == {"status"}


def test_nothing_but_the_gateway_has_a_door_to_the_outside(composed: Composed) -> None:
    for service in (*SERVICES, "postgres", "rabbitmq"):
        for container in composed.containers(service):
            assert not any((container["NetworkSettings"]["Ports"] or {}).values()), service
    (gateway,) = composed.containers("gateway")
    doors = [door for each in gateway["NetworkSettings"]["Ports"].values() for door in each or ()]
    assert doors == [{"HostIp": "127.0.0.1", "HostPort": str(composed.port)}]


def test_services_run_with_few_rights_within_limits(composed: Composed) -> None:
    for service in (*SERVICES, "gateway"):
        (container,) = composed.containers(service)
        config, host = container["Config"], container["HostConfig"]
        assert config["User"] == "10001:10001"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert host["RestartPolicy"]["Name"] == "unless-stopped"


@pytest.mark.parametrize(("name", "program"), NEIGHBOURS.items())
def test_what_stands_beside_the_services_keeps_within_limits_and_is_not_root(
    composed: Composed, name: str, program: str
) -> None:
    composed.compose("--profile", "*", "up", "--detach", "--wait", "--no-recreate", name)
    (container,) = composed.containers(name)
    host = container["HostConfig"]
    assert host["Memory"] > 0
    assert host["NanoCpus"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert container["State"]["Health"]["Status"] == "healthy"
    output = composed.compose("--profile", "*", "exec", "-T", name, "sh", "-c", OWNERS).splitlines()
    owners = {words[2] for words in map(str.split, output) if len(words) > 2 and words[0] == program}
    assert owners
    assert "0" not in owners


def test_a_service_knows_its_own_secrets_only(composed: Composed) -> None:
    for service in SERVICES:
        (container,) = composed.containers(service)
        variables = " ".join(container["Config"]["Env"])
        for other in SERVICES:
            for what in ("DATABASE", "BUS"):
                password = composed.secret(f"ZEVEN_{what}_PASSWORD_{DATABASES[other].upper()}")
                assert (password in variables) == (other == service)
        assert composed.secret("ZEVEN_BUS_PASSWORD_MIGRATOR") not in variables
        assert (composed.secret("ZEVEN_SECRET") in variables) == (service == "governance")
        assert composed.secret("ZEVEN_MIGRATION_DATABASE_PASSWORD") not in variables


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_opens_its_own_database_and_no_other(composed: Composed, service: str) -> None:
    databases = [*DATABASES.values(), "postgres", "template1"]
    tried = json.loads(composed.python(service, CONNECT % (DATABASES[service], databases)))
    own = tried.pop(DATABASES[service])
    assert own[0] >= 0
    assert own[1].startswith("'een'")
    assert set(tried.values()) == {"InsufficientPrivilegeError"}


@pytest.mark.parametrize("service", ["incident", "service-level"])
def test_a_service_publishes_under_its_own_name_alone(composed: Composed, service: str) -> None:
    name = DATABASES[service]
    output = json.loads(composed.python(service, ATTACK % (name, name, name)))
    assert output.pop("declare passively") in ("done", "refused")  # it changes nothing; versions of RabbitMQ differ
    assert output.pop("publish as itself") == "done"
    assert set(output.values()) == {"refused"}


async def test_a_rebuild_reads_the_feeds_of_the_other_containers(admin: httpx2.AsyncClient) -> None:
    started = await admin.post("/service-level/v1/rebuild")
    assert started.status_code == 202, started.text

    async def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = (await admin.get(f"/service-level/v1/rebuild/{started.json()['id']}")).json()
        return found if found["state"] != "running" else None

    found = await eventually(ended, "the rebuild to end")
    assert (found["state"], found["reason"]) == ("completed", None)
    assert {feed["service"] for feed in found["feeds"]} == {"governance", "incident"}
    assert found["feeds"][0]["handled"] > 0, "governance has seeded parties"


def test_the_brokers_limits_are_policies_and_lose_nothing(composed: Composed) -> None:
    output = composed.compose("exec", "-T", "rabbitmq", "rabbitmqctl", "list_policies", "--formatter", "json")
    (policy,) = json.loads(output)
    limits = policy["definition"]
    limits = json.loads(limits) if isinstance(limits, str) else limits
    assert limits["delivery-limit"] == -1
    assert limits["overflow"] == "reject-publish"
    listed = "list_queues", "--formatter", "json", "name", "type", "policy"
    queues = json.loads(composed.compose("exec", "-T", "rabbitmq", "rabbitmqctl", *listed))
    assert {queue["name"] for queue in queues} >= {"zeven.incident", "zeven.service_level", "zeven.unreadable"}
    assert {(queue["type"], queue["policy"]) for queue in queues} == {("quorum", "zeven")}


async def test_prometheus_hears_every_service_and_the_broker(composed: Composed) -> None:
    await asyncio.to_thread(composed.compose, "--profile", "observability", "up", "--detach", "--wait", "prometheus")
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{composed.prometheus_port}", timeout=30) as client:

        async def targets_are_up() -> bool:
            targets = (await client.get("/api/v1/targets")).json()["data"]["activeTargets"]
            return {each["labels"]["job"] for each in targets if each["health"] == "up"} == {
                *DATABASES.values(),
                "rabbitmq",
                "gateway",
            }

        await eventually(targets_are_up, "all targets to be up")
        groups = (await client.get("/api/v1/rules")).json()["data"]["groups"]
        assert {rule["name"] for rule in groups[0]["rules"]} >= {"ServiceNotReady", "DeadLetters", "RequestsFail"}
