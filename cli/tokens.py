"""An access token that is always fresh: asked for once, refreshed before it ends."""

from collections.abc import Callable
from typing import Any

import httpx2

from cli.credentials import Identity
from cli.errors import Refused, Unable

ADDRESS = "/governance/v1/token"
SPARE = 0.1
"""The share of a token's life that is given away, so that none ends on its way."""

AskForToken = Callable[[dict[str, str]], httpx2.Response]


class Tokens:
    """Gives the token to sign with; `ask` posts a form to governance and answers whatever it said."""

    def __init__(self, identify: Callable[[], Identity], ask: AskForToken, now: Callable[[], float]) -> None:
        self._identify = identify
        self._ask = ask
        self._now = now
        self._identity: Identity | None = None
        self._access: str | None = None
        self._refresh: str | None = None
        self._until = 0.0

    @property
    def identity(self) -> Identity:
        """Who is asking; looked up when it is needed first."""
        if self._identity is None:
            self._identity = self._identify()
        return self._identity

    def current(self) -> str:
        """A token with life left. Raises `Unable` when there are no credentials or they are not accepted."""
        if self.identity.token is not None:
            return self.identity.token
        if self._access is None or self._now() >= self._until:
            return self.renew()
        return self._access

    def renew(self) -> str:
        """A new token, also when the present one seems good; raises `Unable` as `current` does."""
        if self.identity.token is not None:
            raise Unable("ZEVEN_TOKEN is not accepted, perhaps because it has expired; `zeven token` prints a new one.")
        if self._refresh is not None:
            answer = self._ask({"grant_type": "refresh_token", "refresh_token": self._refresh})
            if answer.is_success:
                return self._keep(answer)
        who = self.identity
        answer = self._ask({"grant_type": "password", "username": who.username, "password": who.password})
        if answer.status_code in (httpx2.codes.BAD_REQUEST, httpx2.codes.UNAUTHORIZED):
            raise Refused(
                f"The platform does not accept the password of {who.username} that {who.found} holds; "
                "set ZEVEN_USERNAME and ZEVEN_PASSWORD.",
                answer.status_code,
                {},
            )
        if not answer.is_success:
            raise Refused(
                f"Nobody can sign in: {ADDRESS} answers {answer.status_code}.{_reason(answer)}",
                answer.status_code,
                {},
            )
        return self._keep(answer)

    def _keep(self, answer: httpx2.Response) -> str:
        try:
            told: dict[str, Any] = answer.json()
            self._access = str(told["access_token"])
            self._until = self._now() + float(told["expires_in"]) * (1 - SPARE)
        except (ValueError, KeyError, TypeError):
            raise Unable(f"{answer.request.url} does not give tokens as Zeven does; is the address right?") from None
        self._refresh = told.get("refresh_token") or self._refresh
        return self._access


def _reason(answer: httpx2.Response) -> str:
    try:
        return f" {answer.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return ""
