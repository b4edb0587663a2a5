"""An access token that is requested once and renewed before it expires."""

from collections.abc import Callable
from typing import Any

import httpx2

from cli.credentials import Identity
from cli.errors import Refused, Unable

ADDRESS = "/governance/v1/token"
SPARE = 0.1
"""The last share of a token's life, in which it is renewed, so that it does not expire during a request."""

RequestToken = Callable[[dict[str, str]], httpx2.Response]


class Tokens:
    """The token to sign requests with; `request` posts a form to governance and returns the response, also a refusal."""

    def __init__(self, identify: Callable[[], Identity], request: RequestToken, now: Callable[[], float]) -> None:
        self._identify = identify
        self._request = request
        self._now = now
        self._identity: Identity | None = None
        self._access: str | None = None
        self._refresh: str | None = None
        self._until = 0.0

    @property
    def identity(self) -> Identity:
        """Who signs in; looked up at the first use."""
        if self._identity is None:
            self._identity = self._identify()
        return self._identity

    def current(self) -> str:
        """A token that has not expired. Raises `Unable` when there are no credentials or they are not accepted."""
        if self.identity.token is not None:
            return self.identity.token
        if self._access is None or self._now() >= self._until:
            return self.renew()
        return self._access

    def renew(self) -> str:
        """A new token, even when the current one has not expired; raises `Unable` as `current` does."""
        if self.identity.token is not None:
            raise Unable("ZEVEN_TOKEN is not accepted, perhaps because it has expired; `zeven token` prints a new one.")
        if self._refresh is not None:
            response = self._request({"grant_type": "refresh_token", "refresh_token": self._refresh})
            if response.is_success:
                return self._store(response)
        who = self.identity
        response = self._request({"grant_type": "password", "username": who.username, "password": who.password})
        if response.status_code in (httpx2.codes.BAD_REQUEST, httpx2.codes.UNAUTHORIZED):
            raise Refused(
                f"The platform does not accept the password of {who.username} from {who.origin}; "
                "set ZEVEN_USERNAME and ZEVEN_PASSWORD.",
                response.status_code,
                {},
            )
        if not response.is_success:
            raise Refused(
                f"Signing in failed: {ADDRESS} answers {response.status_code}.{_reason(response)}",
                response.status_code,
                {},
            )
        return self._store(response)

    def _store(self, response: httpx2.Response) -> str:
        try:
            issued: dict[str, Any] = response.json()
            self._access = str(issued["access_token"])
            self._until = self._now() + float(issued["expires_in"]) * (1 - SPARE)
        except (ValueError, KeyError, TypeError):
            raise Unable(f"{response.request.url} does not issue tokens as Zeven does; check the address.") from None
        self._refresh = issued.get("refresh_token") or self._refresh
        return self._access


def _reason(response: httpx2.Response) -> str:
    try:
        return f" {response.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return ""
