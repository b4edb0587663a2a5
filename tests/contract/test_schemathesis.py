"""Every operation follows its OpenAPI document for any input: no 5xx, no undeclared answer."""

import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import requests
import schemathesis
from schemathesis import engine
from schemathesis.engine import events

from services.__main__ import SERVICES
from tests.contract.records import Records, furnished
from tests.contract.schemas import free_texts, operations
from tests.contract.write import OPENAPI, load
from tests.serving import in_a_thread
from tests.world import token

DOCUMENTS = {service.name: load(OPENAPI / f"{service.name}.json") for service in SERVICES}
#: what the kernel answers is the same in every service, and asked of this one
WITH_THE_KERNELS_OWN = "incident"
#: what no document can tell how to do
NEVER_DONE = {
    # a password: tests/governance/test_tokens.py knows some
    "POST /governance/v1/token",
    # an event that cannot be handled: tests/shared/test_claims.py sends one
    "GET /incident/v1/dead-letters/{event_id}",
    "POST /incident/v1/dead-letters/{event_id}/retry",
    "POST /incident/v1/dead-letters/{event_id}/discard",
    # a delivery that was set apart: tests/shared/test_unhandled.py has some
    "GET /incident/v1/quarantine/{message_id}",
    "POST /incident/v1/quarantine/{message_id}/retry",
    "POST /incident/v1/quarantine/{message_id}/discard",
    # a rebuild that waits for a token: tests/shared/test_rebuild_failures.py has one
    "POST /incident/v1/rebuild/{rebuild_id}/continue",
    # everything is open to an administrator anyway: tests/incident/test_confidential.py asks as a team does
    "POST /incident/v1/incidents/{incident_id}/confidential-access",
}
#: how many requests are made up at random for each operation, beside those at the limits of its schemas
EXAMPLES = int(os.environ.get("ZEVEN_TEST_EXAMPLES", "0"))
pytestmark = pytest.mark.usefixtures("any_number_of_requests")
CONFIGURATION = {
    "generation": {"max-examples": max(EXAMPLES, 1), "deterministic": True},
    "checks": {
        # what fits the schema may still name what is not there, or not be permitted now
        "positive_data_acceptance": {"enabled": False},
        # a version that nobody has seen is refused as one that is stale
        "negative_data_rejection": {"expected-statuses": ["4xx", "5xx"]},
        # If-Match is asked for with a status of its own (RFC 6585)
        "missing_required_header": {"expected-statuses": ["401", "403", "422", "428"]},
    },
    # what is made up at random may turn out right on the wire, as an empty list in a query does
    "phases": {
        "fuzzing": {"enabled": EXAMPLES > 0, "checks": {"negative_data_rejection": {"enabled": False}}},
        "stateful": {"enabled": False},
    },
    "operations": [
        # PATCH and DELETE of this address are those of a calendar whose id is "compute"
        {
            "include-name": "POST /service-level/v1/calendars/compute",
            "checks": {"unsupported_method": {"enabled": False}, "allow_header_conformance": {"enabled": False}},
        },
    ],
}


@pytest.fixture(scope="module")
async def urls(make_database: Callable[[str], Any]) -> dict[str, str]:
    """A database for each service."""
    mark = uuid4().hex[:8]
    return {service.name: await make_database(f"{service.name}_{mark}") for service in SERVICES}


@pytest.fixture(scope="module")
def address(urls: dict[str, str]) -> Iterator[str]:
    """Where the platform listens."""
    with in_a_thread(urls) as address:
        yield address


@pytest.fixture(scope="module")
async def records(address: str) -> AsyncIterator[Records]:
    """Records of every kind, some of them in states that only a story leads to."""
    bearer = {"Authorization": f"Bearer {token()}"}
    async with httpx2.AsyncClient(base_url=address, headers=bearer) as admin:
        await furnished(admin)
    with requests.Session() as session:
        # a connection that rests while cases are made may be closed just as it is wanted
        session.headers.update({**bearer, "Connection": "close"})
        yield Records(address, session)


@pytest.fixture(scope="module")
def client() -> Iterator[requests.Session]:
    """A client that keeps its connection."""
    with requests.Session() as session:
        yield session


@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_operation_keeps_its_word_and_does_what_it_is_for(service: str, address: str, records: Records) -> None:
    configuration = {"base-url": address, "headers": {"Authorization": f"Bearer {token()}"}, **CONFIGURATION}
    schema = schemathesis.openapi.from_dict(DOCUMENTS[service], config=schemathesis.Config.from_dict(configuration))
    if service != WITH_THE_KERNELS_OWN:
        schema = schema.exclude(tag=["operating", "health"])
    requested, done, wrong = set(), set(), []
    with records.known():
        for event in engine.from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                requested.add(event.label)
                answers = [each.response for each in event.recorder.interactions.values()]
                done |= {event.label for answer in answers if answer and answer.status_code < 300}
                checks = chain(*event.recorder.checks.values())
                wrong += [describe(check) for check in checks if check.failure_info]
            elif isinstance(event, events.NonFatalError | events.FatalError):
                wrong.append(str(event))
    assert not wrong, "\n\n".join(dict.fromkeys(wrong))
    assert requested == {operation.ok().label for operation in schema.get_all_operations()}
    assert requested - done == NEVER_DONE & requested


def describe(check: Any) -> str:
    """What was wrong, and how to see it again."""
    return f"{check.failure_info.failure.title}: {check.failure_info.failure.message}\n{check.failure_info.code_sample}"


#: what a parser, a pattern, a comparison or an index might stumble over
ODD = [
    "",
    " ",
    "-" * 33,
    "'\"\\%_*:&|!()<>",
    "'; DROP TABLE x; --",
    "\\u0000 \\x00 $1 :name {service} ${x}",
    "e\u0301\u0327\u200b\ufeff\u202e\U0010ffff\ufffe",
    "\ud55c\uae00 \u0627\u0644\u0639 \U0001f468\u200d\U0001f469",
    "a\tb\r\nc",
    "\U0001f600" * 40,
]


@pytest.mark.parametrize("service", DOCUMENTS)
def test_every_filter_answers_any_text(service: str, address: str, client: requests.Session) -> None:
    bearer, asked = {"Authorization": f"Bearer {token()}"}, set()
    for method, path, operation in operations(DOCUMENTS[service]):
        for name in free_texts(operation) if "{" not in path else ():
            for text in ODD[name == "team" :]:  # the name of a team is not empty
                answer = client.request(method, address + path, params={name: text}, headers=bearer)
                assert answer.status_code == requests.codes.ok, (path, name, text, answer.text)
            many = client.request(method, address + path, params={name: "a" * 5_000}, headers=bearer)
            assert many.status_code == requests.codes.unprocessable, (path, name, many.text)
            none = client.request(method, address + path, params={name: "a\0b"}, headers=bearer)
            assert none.status_code == requests.codes.bad_request, (path, name, none.text)
            asked.add(name)
    assert asked


@pytest.mark.parametrize("service", DOCUMENTS)
def test_whoever_sends_no_token_is_let_in_where_the_document_says_so(
    service: str, address: str, client: requests.Session
) -> None:
    for path, each in DOCUMENTS[service]["paths"].items():
        url = address + re.sub(r"\{.*?\}", str(uuid4()), path)
        for method, operation in each.items():
            answer = client.request(method, url, json={})
            refused = answer.status_code == requests.codes.unauthorized
            assert refused == ("security" in operation), (method, path, answer.status_code)
            if refused:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
