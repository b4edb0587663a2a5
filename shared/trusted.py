"""The issuers that a process trusts by its settings: governance, and the OpenID Connect provider where one is set."""

import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import httpx2
import stamina

from shared.access import CHALLENGE, Caller, FetchKeys, Issuer, Provider, Verifier
from shared.access.tokens import caller_of
from shared.contracts.defaults import ISSUER
from shared.errors import NotSignedIn, Unavailable
from shared.neighbours import Here
from shared.runtime import Running
from shared.settings import Settings

DISCOVERY = "/.well-known/openid-configuration"
#: seconds for which governance is asked again while it is away: it may be starting, or be replaced, as this process was
GOVERNANCE_STARTS_WITHIN = 30.0
QUICK = 5.0


def nowhere(_: str) -> None:
    """Used where no service runs."""


class WrongProvider(Exception):
    """What answers at the provider's address is not that provider."""


def verifier_of(
    config: Settings, here: Here = nowhere, running: Mapping[str, Running] | None = None, own: Issuer | None = None
) -> Verifier:
    """What verifies the tokens that this process gets.

    `here` gives the transport to a service of this process, `running` holds those that run; `own` replaces governance as issuer.
    """
    own = own or Issuer(config.token_issuer, own_keys(config, here))
    if config.provider is None:
        return Verifier(own)
    issuer = Issuer(config.provider, provider_keys(config), config.audience)

    async def recognise(token: str, claims: dict[str, Any]) -> Caller:
        governance = (running or {}).get(ISSUER)
        if governance is None:
            return await _ask_governance(config, token)
        assert governance.service.recognise is not None
        return await governance.service.recognise(governance.work(governance.service.actor), claims)

    return Verifier(own, Provider(issuer, recognise))


def own_keys(config: Settings, here: Here = nowhere) -> FetchKeys:
    """How the keys of governance are read: inside the process when it runs here, otherwise by HTTP.

    A process that has just started waits for governance; later the known keys are used meanwhile.
    """
    starts_until = time.monotonic() + GOVERNANCE_STARTS_WITHIN

    async def fetch() -> dict[str, Any]:
        inside = here(ISSUER) if config.provider or config.jwks_url is None else None
        return await _json(config.own_keys_url, inside, patience=starts_until - time.monotonic())

    return fetch


def provider_keys(config: Settings) -> FetchKeys:
    """How the provider's keys are read: at ZEVEN_JWKS_URL, or where its discovery document says."""

    async def fetch() -> dict[str, Any]:
        return await _json(config.provider_keys_url or await _keys_of_discovery(config.provider or ""))

    return fetch


async def _keys_of_discovery(provider: str) -> str:
    document = await _json(provider.rstrip("/") + DISCOVERY)
    if document.get("issuer") != provider:
        raise WrongProvider(f"ZEVEN_ISSUER is {provider}, but its discovery document names {document.get('issuer')}")
    return str(document["jwks_uri"])


async def _ask_governance(config: Settings, token: str) -> Caller:
    """Whom governance knows by a token of the provider."""
    try:
        # only governance may get the token: no proxy of the environment, no redirect
        async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
            async for attempt in _asked_again(GOVERNANCE_STARTS_WITHIN):
                with attempt:
                    url = f"{config.service_url(ISSUER)}/v1/me"
                    answer = await client.get(url, headers={"Authorization": f"Bearer {token}"})
                    if answer.is_server_error:
                        answer.raise_for_status()
    except httpx2.HTTPStatusError as error:
        raise _away(str(error.response.status_code)) from None
    except httpx2.HTTPError as error:
        raise _away(type(error).__name__) from None
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        raise NotSignedIn(answer.json()["detail"], headers=CHALLENGE)
    if answer.status_code != httpx2.codes.OK:
        raise _away(str(answer.status_code))
    me = answer.json()
    return caller_of(
        {
            "sub": me["id"],
            "kind": me["kind"],
            "party": me["party_id"],
            "teams": me["team_ids"],
            "roles": me["roles"],
            "iat": datetime.fromisoformat(me["issued_at"]).timestamp(),
        }
    )


def _away(why: str) -> Unavailable:
    headers = {"Retry-After": "2"}
    return Unavailable(f"Governance cannot say whose token this is ({why}); try again.", headers=headers)


def _may_succeed_later(error: Exception) -> bool:
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx2.TransportError)


def _asked_again(patience: float) -> AsyncIterator[stamina.Attempt]:
    """Attempts for `patience` seconds; when that is little, three of them within 5 s."""
    few = patience <= QUICK
    return stamina.retry_context(
        on=_may_succeed_later,
        attempts=3 if few else None,
        timeout=QUICK if few else patience,
        wait_initial=0.1,
        wait_max=0.5,
        wait_jitter=0.1,
    )


async def _json(url: str, transport: httpx2.AsyncBaseTransport | None = None, patience: float = 0.0) -> dict[str, Any]:
    async with httpx2.AsyncClient(transport=transport, timeout=5) as client:
        async for attempt in _asked_again(patience):
            with attempt:
                response = await client.get(url)
                response.raise_for_status()
                found: dict[str, Any] = response.json()
                return found
    raise AssertionError("stamina returns or raises")
