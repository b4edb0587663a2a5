"""HTTP with the platform: signed requests, retries while it is unavailable, and one readable sentence for a refusal."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx2
import stamina

from cli import credentials, tokens
from cli.errors import Refused, Unable
from cli.terminal import warn

MINUTE = 60.0
FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
TIMEOUT = httpx2.Timeout(120, connect=5)
MOST_VALUES = 5
"""How many wrong values a message lists; the others are only counted."""

OWN_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Environment:
    """The network and the clock that a command uses; tests replace them."""

    transport: httpx2.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


class Temporary(Exception):
    """A request that may succeed later: the `response` if there was one, and the seconds to wait before the next try."""

    def __init__(self, reason: str, response: httpx2.Response | None = None) -> None:
        super().__init__(reason)
        self.response = response
        retry_after = response.headers.get("Retry-After", "") if response is not None else ""
        self.wait = float(retry_after) if retry_after.isdecimal() else 0.0


class Client:
    """A client of the platform at `url`, signed in with the credentials of the environment.

    For `retry` seconds a request is repeated while the platform cannot be reached or answers 5xx or 429; everything
    that `zeven` sends may arrive twice without harm.
    """

    def __init__(self, url: str | None = None, environment: Environment | None = None, *, retry: float = 0.0) -> None:
        """Raises `Unable` when `url` (or the address in the environment) is not a valid address."""
        self.url = credentials.address(url)
        self.environment = environment or Environment()
        self._retry = retry
        # a proxy of the environment cannot reach services on this machine
        self._http = httpx2.Client(
            base_url=self.url,
            transport=self.environment.transport,
            timeout=TIMEOUT,
            trust_env=urlsplit(self.url).hostname not in OWN_MACHINE,
        )
        self._tokens = tokens.Tokens(credentials.identity, self._request_token, self.environment.now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def token(self) -> str:
        """An access token that has not expired."""
        return self._tokens.current()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at `path`; parameters that are None are left out. Raises `Refused` and `Unable`."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._json(self._signed("GET", path, params=given))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The JSON that answers `body` (bytes are JSON already), None for no content; raises as `get` does.

        With a `key`, any text, the request has its effect once, however often it is sent within a day.
        """
        headers = {"Idempotency-Key": uuid5(NAMESPACE_URL, key).hex} if key else {}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
            response = self._signed("POST", path, content=body, headers=headers)
        else:
            response = self._signed("POST", path, json=body, headers=headers)
        return self._json_if_any(response)

    def put(self, path: str, body: Any) -> Any:
        """The JSON that answers `body` at `path`, None for no content; raises as `get` does."""
        return self._json_if_any(self._signed("PUT", path, json=body))

    def move(self, path: str, trigger: str, **fields: Any) -> Any:
        """The record at `path` after the move, also when others change it meanwhile; raises as `get` does."""
        while True:
            # a lost answer makes the request arrive twice
            headers = {"If-Match": self._signed("GET", path).headers["ETag"], "Idempotency-Key": uuid4().hex}
            try:
                return self._json(
                    self._signed("POST", f"{path}/moves", json={"trigger": trigger, **fields}, headers=headers)
                )
            except Refused as refusal:
                if refusal.status != httpx2.codes.PRECONDITION_FAILED:
                    raise

    def get_once(self, path: str, *, signed: bool) -> httpx2.Response:
        """The response to a request that is sent once, refusals included; `Unable` when there is none, or no credentials."""
        headers = {"Authorization": f"Bearer {self._tokens.current()}"} if signed else {}
        return self._send("GET", path, retry=0.0, headers=headers)

    def _signed(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = options.pop("headers", {})

        def send(token: str) -> httpx2.Response:
            return self._send(method, path, headers=headers | {"Authorization": f"Bearer {token}"}, **options)

        response = send(self._tokens.current())
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            response = send(self._tokens.renew())
        if not response.is_success:
            raise refused(response, self._tokens.identity)
        return response

    def _request_token(self, form: dict[str, str]) -> httpx2.Response:
        return self._send("POST", tokens.ADDRESS, data=form)

    def _send(self, method: str, path: str, *, retry: float | None = None, **options: Any) -> httpx2.Response:
        end = self.environment.now() + (self._retry if retry is None else retry)

        def wait_for(error: Exception) -> bool | float:
            """Whether to retry; for a response that names a time to wait, that time."""
            if not isinstance(error, Temporary):
                return False
            if self.environment.now() + (error.wait or LONGEST_WAIT) > end:
                return False
            return error.wait or True

        try:
            for attempt in stamina.retry_context(
                on=wait_for,
                attempts=None,
                timeout=None,
                wait_initial=FIRST_WAIT,
                wait_max=LONGEST_WAIT,
                wait_jitter=FIRST_WAIT,
            ):
                with attempt:
                    return self._send_once(method, path, options)
        except Temporary as error:
            if error.response is not None:
                return error.response
            raise Unable(
                f"{error} Is Zeven running there? `make run` starts it; ZEVEN_URL sets another address."
            ) from None
        raise AssertionError("stamina returns or raises")

    def _send_once(self, method: str, path: str, options: dict[str, Any]) -> httpx2.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx2.TimeoutException:
            raise Temporary(f"{self.url} does not answer in time.") from None
        except httpx2.TransportError as error:
            raise Temporary(f"{self.url} cannot be reached ({error}).") from None
        if response.is_server_error or response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
            raise Temporary(f"{path} answers {response.status_code}.", response)
        return response

    def _json_if_any(self, response: httpx2.Response) -> Any:
        return None if response.status_code == httpx2.codes.NO_CONTENT else self._json(response)

    def _json(self, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise Unable(
                f"{response.request.url} did not answer with JSON, as Zeven does; check the address."
            ) from None


def announce_retry(details: stamina.instrumentation.RetryDetails) -> None:
    """Print why a request takes longer, once for each request."""
    if details.retry_num == 1:
        warn(f"{details.caused_by} Trying again …")


def refused(response: httpx2.Response, who: credentials.Identity) -> Refused:
    """The refusal on one line: its detail, the values that are wrong, and its id in the logs."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    path = response.request.url.path
    detail = str(problem.get("detail") or problem.get("title") or response.reason_phrase or "no reason given")
    wrong = [f"{one.get('pointer')}: {one.get('detail')}" for one in problem.get("errors") or ()]
    if len(wrong) > MOST_VALUES:
        wrong = [*wrong[:MOST_VALUES], f"and {len(wrong) - MOST_VALUES} more"]
    message = f"{path} answers {response.status_code}: {detail}"
    if wrong:
        message += f" ({'; '.join(wrong)})"
    if response.status_code == httpx2.codes.FORBIDDEN:
        message += f" Signed in with {who.origin if who.token else who.username}."
    if trace := problem.get("trace_id"):
        message += f" [trace {trace}]"
    return Refused(message, response.status_code, problem)
