"""HTTP with the platform: signed requests, patience while it is away, and a readable sentence when it refuses."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from cli import credentials, tokens
from cli.errors import Refused, Unable
from cli.terminal import warn

MINUTE = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
ANSWER_WITHIN = httpx2.Timeout(120, connect=5)
LONGEST_LIST = 5
"""Wrong values that a message names before it says how many more there are."""

OWN_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Surroundings:
    """What a command touches outside itself; tests bring their own network and their own time."""

    transport: httpx2.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


class Client:
    """A platform at `url`, asked as whoever the environment names.

    For `patience` seconds a request is repeated while the platform cannot be reached, answers 5xx or 429; everything
    that `zeven` sends may arrive twice without harm.
    """

    def __init__(self, url: str | None = None, around: Surroundings | None = None, *, patience: float = 0.0) -> None:
        """Raises `Unable` when `url` (or what the environment says in its place) is no address."""
        self.url = credentials.address(url)
        self.around = around or Surroundings()
        self.patience = patience
        # a proxy of the environment does not know the way to this machine
        self._http = httpx2.Client(
            base_url=self.url,
            transport=self.around.transport,
            timeout=ANSWER_WITHIN,
            trust_env=urlsplit(self.url).hostname not in OWN_MACHINE,
        )
        self._tokens = tokens.Tokens(credentials.identity, self._ask_for_token, self.around.now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def token(self) -> str:
        """An access token with life left."""
        return self._tokens.current()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON that `path` answers; parameters that are None are left out. Raises `Refused` and `Unable`."""
        asked = {name: value for name, value in parameters.items() if value is not None}
        return self._json(self._signed("GET", path, params=asked))

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON that `path` answers to `body` (bytes are JSON already), None for no content; raises as `get` does."""
        if isinstance(body, bytes):
            answer = self._signed("POST", path, content=body, headers={"Content-Type": "application/json"})
        else:
            answer = self._signed("POST", path, json=body)
        return None if answer.status_code == httpx2.codes.NO_CONTENT else self._json(answer)

    def look(self, path: str) -> httpx2.Response:
        """Whatever `path` answers to anybody at this moment, refusals too; `Unable` when there is no answer."""
        return self._answer("GET", path, patience=0.0)

    def _signed(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = options.pop("headers", {})

        def send(token: str) -> httpx2.Response:
            return self._answer(method, path, headers=headers | {"Authorization": f"Bearer {token}"}, **options)

        answer = send(self._tokens.current())
        if answer.status_code == httpx2.codes.UNAUTHORIZED:
            answer = send(self._tokens.renew())
        if not answer.is_success:
            raise refused(answer, self._tokens.identity)
        return answer

    def _ask_for_token(self, form: dict[str, str]) -> httpx2.Response:
        return self._answer("POST", tokens.ADDRESS, data=form)

    def _answer(self, method: str, path: str, *, patience: float | None = None, **options: Any) -> httpx2.Response:
        until = self.around.now() + (self.patience if patience is None else patience)
        pause, told = FIRST_PAUSE, False
        while True:
            answer, trouble, wait = self._once(method, path, options)
            if answer is not None and trouble is None:
                return answer
            wait = max(wait, pause)
            if self.around.now() + wait > until:
                if answer is not None:
                    return answer
                raise Unable(f"{trouble} Is Zeven running there? `make run` starts it; ZEVEN_URL names another place.")
            if not told:
                warn(f"{trouble} Trying again for {self.patience:.0f} s …")
                told = True
            self.around.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _once(
        self, method: str, path: str, options: dict[str, Any]
    ) -> tuple[httpx2.Response | None, str | None, float]:
        """The answer, what kept it from being a final one, and how long the platform asks to wait."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx2.TimeoutException:
            return None, f"{self.url} does not answer in time.", 0.0
        except httpx2.TransportError as error:
            return None, f"{self.url} cannot be reached ({error}).", 0.0
        if not answer.is_server_error and answer.status_code != httpx2.codes.TOO_MANY_REQUESTS:
            return answer, None, 0.0
        asked = answer.headers.get("Retry-After", "")
        return answer, f"{path} answers {answer.status_code}.", float(asked) if asked.isdecimal() else 0.0

    def _json(self, answer: httpx2.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise Unable(f"{answer.request.url} does not answer as Zeven does; is the address right?") from None


def refused(answer: httpx2.Response, who: credentials.Identity) -> Refused:
    """What a refusal says, on one line: the detail, the values that are wrong, and the id that names it in the logs."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    path = answer.request.url.path
    told = str(problem.get("detail") or problem.get("title") or answer.reason_phrase or "without a word")
    wrong = [f"{one.get('pointer')}: {one.get('detail')}" for one in problem.get("errors") or ()]
    if len(wrong) > LONGEST_LIST:
        wrong = [*wrong[:LONGEST_LIST], f"and {len(wrong) - LONGEST_LIST} more"]
    message = f"{path} answers {answer.status_code}: {told}"
    if wrong:
        message += f" ({'; '.join(wrong)})"
    if answer.status_code == httpx2.codes.FORBIDDEN:
        message += f" Signed in with {who.found if who.token else who.username}."
    if trace := problem.get("trace_id"):
        message += f" [trace {trace}]"
    return Refused(message, answer.status_code, problem)
