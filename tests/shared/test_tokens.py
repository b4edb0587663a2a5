"""Who the caller is: only tokens of the issuer, for this platform, in their time, and nobody by default."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared import access, clock
from shared.access import Verifier
from shared.access.issuers import ALGORITHMS
from shared.errors import NotSignedIn, Unavailable
from tests.shared.test_requests import PARCELS, problem
from tests.world import ISSUER, KEY, World, token

OTHER = RSAKey.generate_key(2048, parameters={"kid": "tests", "alg": "RS256", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, parameters={"kid": "stranger", "alg": "RS256", "use": "sig"})


def claims(**changed: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    whole = {"iss": ISSUER, "aud": "zeven", "sub": "ada", "iat": now, "nbf": now, "exp": now + 600, "roles": []}
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def signed(key: Any = KEY, alg: str = "RS256", kid: str | None = "tests", **changed: Any) -> str:
    header = {"alg": alg} if kid is None else {"alg": alg, "kid": kid}
    return jwt.encode(header, claims(**changed), key, algorithms=[alg])


def unsigned(header: dict[str, Any], **changed: Any) -> str:
    return f"{_part(header)}.{_part(claims(**changed))}."


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def with_public_key_as_secret() -> str:
    message = f"{_part({'alg': 'HS256', 'kid': 'tests'})}.{_part(claims())}"
    seal = hmac.digest(KEY.as_pem(private=False), message.encode(), "sha256")
    return f"{message}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"


NOW = int(clock.now().timestamp())
REFUSED: dict[str, Callable[[], str]] = {
    "expired": lambda: signed(exp=NOW - 60),
    "not valid yet": lambda: signed(nbf=NOW + 600),
    "issued in the future": lambda: signed(iat=NOW + 600),
    "another issuer": lambda: signed(iss="https://elsewhere.example"),
    "another audience": lambda: signed(aud="other"),
    "audiences without us": lambda: signed(aud=["other", "zeven2"]),
    "without an audience": lambda: signed(aud=None),
    "without an issuer": lambda: signed(iss=None),
    "without an end": lambda: signed(exp=None),
    "without a subject": lambda: signed(sub=None),
    "signed by another key of the same name": lambda: signed(OTHER),
    "signed by a stranger": lambda: signed(STRANGER, kid="stranger"),
    "alg none": lambda: unsigned({"alg": "none"}),
    "alg None": lambda: unsigned({"alg": "None", "kid": "tests"}),
    "HS256 with the public key": with_public_key_as_secret,
    "without an algorithm": lambda: unsigned({"kid": "tests"}),
    "a header that is a list": lambda: f"{_part([])}.{_part(claims())}.x",
    "a header that is a number": lambda: f"{_part(5)}.{_part(claims())}.x",
    "a kid that is a list": lambda: unsigned({"alg": "RS256", "kid": ["tests"]}),
    "a kid that is an object": lambda: unsigned({"alg": "RS256", "kid": {"a": 1}}),
    "an algorithm that is a list": lambda: unsigned({"alg": ["RS256"], "kid": "tests"}),
    "a critical extension": lambda: unsigned({"alg": "RS256", "kid": "tests", "crit": ["x"], "x": 1}),
    "a payload that is a list": lambda: signed_payload(b"[]"),
    "a payload that is no JSON": lambda: signed_payload(b"\xff"),
    "a payload that is empty": lambda: signed_payload(b""),
    "roles that are a number": lambda: signed(roles=5),
    "roles that are texts": lambda: signed(roles=["administrator"]),
    "a role without a name": lambda: signed(roles=[{"scope": None}]),
    "a party that is none": lambda: signed(party="nobody"),
    "teams that are none": lambda: signed(teams=["nobody"]),
    "an end that is a text": lambda: signed(exp="tomorrow"),
    "an end beyond all time": lambda: signed(exp=10**400),
    "five parts": lambda: "a.b.c.d.e",
    "two parts": lambda: ".".join(signed().split(".")[:2]),
    "a changed payload": lambda: changed_payload(signed()),
    "nothing": lambda: "",
    "dots": lambda: "..",
    "a word": lambda: "garbage",
    "a very long word": lambda: "x" * 30_000,
}


def signed_payload(payload: bytes) -> str:
    from joserfc import jws

    return jws.serialize_compact({"alg": "RS256", "kid": "tests"}, payload, KEY)


def changed_payload(whole: str) -> str:
    header, _, signature = whole.split(".")
    return f"{header}.{_part(claims(roles=[{'role': 'administrator', 'scope': None}]))}.{signature}"


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_that_is_not_ours_is_refused(office: World, make: Callable[[], str]) -> None:
    answer = await office.as_(make() or " ").get(PARCELS)
    problem(answer, 401, "not-signed-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YWRhOmFkYQ==", "Token x", "x" * 1000])
async def test_whoever_sends_no_token_is_told_how_to_get_one(office: World, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    refusal = problem(await office.as_().get(PARCELS, headers=headers), 401, "not-signed-in")
    assert "/governance/v1/token" in refusal["detail"] or "token" in refusal["detail"]


async def test_a_token_in_the_address_is_not_taken(office: World) -> None:
    problem(await office.as_().get(PARCELS, params={"access_token": token()}), 401)
    problem(await office.admin.get(PARCELS, params={"access_token": token()}), 400)


async def test_a_valid_token_is_taken_in_any_case_of_the_word_bearer(office: World) -> None:
    for word in ("Bearer", "bearer", "BEARER"):
        answer = await office.as_().get(PARCELS, headers={"Authorization": f"{word} {token()}"})
        assert answer.status_code == 200


async def test_a_token_ends_when_its_time_is_over_also_when_it_was_seen_before(office: World) -> None:
    mine = office.as_(signed(roles=[{"role": "administrator", "scope": None}]))
    assert (await mine.get(PARCELS)).status_code == 200
    clock.shift(timedelta(seconds=590))
    assert (await mine.get(PARCELS)).status_code == 200
    clock.shift(timedelta(seconds=620))
    problem(await mine.get(PARCELS), 401, "not-signed-in")


async def test_a_name_in_a_token_is_the_same_in_either_form(office: World) -> None:
    for sub in ("Zoe\u0308", "Zo\u00eb"):
        caller = await office.running("counter").verifier.caller(signed(sub=sub))
        assert caller.id == "Zo\u00eb"


async def test_a_role_that_does_not_suffice_is_refused(office: World) -> None:
    client = office.as_(token("u", "client"))
    for address in ("/counter/v1/events", "/counter/v1/dead-letters", "/counter/v1/delivery"):
        problem(await client.get(address), 403, "not-allowed")
    problem(await client.post("/rounds/v1/rebuild"), 403, "not-allowed")
    problem(await office.as_(signed()).get("/counter/v1/events"), 403, "not-allowed")


async def test_the_actor_of_an_event_is_whoever_the_token_speaks_for(office: World) -> None:
    service_account = office.as_(token("robot", kind="service_account"))
    made = (await service_account.post(PARCELS, json={"label": "x"})).json()
    await office.quiet()
    published = (await office.admin.get("/counter/v1/events", params={"subject": made["id"]})).json()["items"][0][
        "actor"
    ]
    assert (published["type"], published["id"]) == ("service_account", "robot")


class Issuer:
    """An issuer of keys that may be away, slow, or have rotated its keys."""

    def __init__(self, *keys: RSAKey) -> None:
        self.keys, self.queries, self.away = list(keys), 0, False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> dict[str, Any]:
        self.queries += 1
        await self.gate.wait()
        if self.away:
            raise OSError("no route to the issuer")
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(KEY)


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass on the clock by which the verifier asks for keys."""
    passed = [1000.0]
    monkeypatch.setattr("shared.access.issuers.time.monotonic", lambda: passed[0])

    def elapse(seconds: float) -> None:
        passed[0] += seconds

    return elapse


async def test_keys_once_known_survive_the_issuer_s_absence(issuer: Issuer, elapsed: Callable[[float], None]) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    await verifier.caller(signed())
    issuer.away = True
    elapsed(100_000)
    assert (await verifier.caller(signed(sub="grace"))).id == "grace"


async def test_without_any_key_the_service_is_away_and_asks_again(
    issuer: Issuer, elapsed: Callable[[float], None]
) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    issuer.away = True
    with pytest.raises(Unavailable) as refused:
        await verifier.caller(signed())
    assert refused.value.headers["Retry-After"]
    issuer.away = False
    elapsed(5)
    assert (await verifier.caller(signed())).id == "ada"


async def test_whoever_waits_for_an_issuer_that_is_away_does_not_wait_once_for_each_before_them(issuer: Issuer) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    issuer.away = True
    issuer.gate.clear()
    waiting = [asyncio.create_task(verifier.caller(signed(sub=str(number)))) for number in range(50)]
    while not issuer.queries:
        await asyncio.sleep(0)
    issuer.gate.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in answers} == {Unavailable}
    with pytest.raises(Unavailable):
        await verifier.caller(signed(sub="later"))
    assert issuer.queries == 1


async def test_a_new_key_is_found_when_it_is_first_used(issuer: Issuer, elapsed: Callable[[float], None]) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    await verifier.caller(signed())
    issuer.keys.append(STRANGER)
    elapsed(11)
    assert (await verifier.caller(signed(STRANGER, kid="stranger"))).id == "ada"
    assert issuer.queries == 2


async def test_unknown_keys_make_us_ask_at_most_once_in_ten_seconds(
    issuer: Issuer, elapsed: Callable[[float], None]
) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    await verifier.caller(signed())
    for seconds, expected in ((5, 1), (6, 2), (9, 2), (2, 3)):
        elapsed(seconds)
        for _ in range(20):
            with pytest.raises(NotSignedIn):
                await verifier.caller(signed(STRANGER, kid=uuid4().hex))
        assert issuer.queries == expected


async def test_a_key_that_the_issuer_withdrew_is_given_up(issuer: Issuer, elapsed: Callable[[float], None]) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    await verifier.caller(signed())
    issuer.keys = [STRANGER]
    elapsed(301)
    with pytest.raises(NotSignedIn):
        await verifier.caller(signed(sub="late"))


async def test_an_issuer_that_hangs_does_not_hold_up_known_keys(
    issuer: Issuer, elapsed: Callable[[float], None]
) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    await verifier.caller(signed())
    issuer.gate.clear()
    elapsed(20)
    waiting = asyncio.create_task(verifier.caller(signed(STRANGER, kid="stranger")))
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            assert (await verifier.caller(signed(sub="grace"))).id == "grace"
    finally:
        issuer.gate.set()
    with pytest.raises(NotSignedIn):
        await waiting


async def test_many_at_once_ask_the_issuer_once(issuer: Issuer) -> None:
    verifier = Verifier(access.Issuer(ISSUER, issuer))
    callers = await asyncio.gather(*(verifier.caller(signed(sub=str(number))) for number in range(50)))
    assert [caller.id for caller in callers] == [str(number) for number in range(50)]
    assert issuer.queries == 1


def test_only_public_key_algorithms_are_allowed() -> None:
    assert not [name for name in ALGORITHMS if name.startswith("HS") or name.lower() == "none"]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_garbage_is_refused_and_never_more(garbage: str) -> None:
    async def refused() -> None:
        with pytest.raises(NotSignedIn):
            await Verifier(access.Issuer(ISSUER, Issuer(KEY))).caller(garbage)

    asyncio.run(refused())


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
        lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
    ),
    st.sampled_from(["roles", "party", "teams", "kind", "sub", "exp", "nbf", "iat", "aud", "iss"]),
)
def test_odd_claims_are_refused_or_understood_and_never_more(value: Any, name: str) -> None:
    async def either() -> None:
        try:
            odd = signed(**{name: value})
        except Exception:  # noqa: BLE001 - what no issuer can sign needs no answer
            return
        try:
            await Verifier(access.Issuer(ISSUER, Issuer(KEY))).caller(odd)
        except NotSignedIn:
            return

    asyncio.run(either())
