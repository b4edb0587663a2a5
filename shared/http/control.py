"""What a process knows about callers: their tokens, their addresses, and what each has under way."""

from starlette.requests import HTTPConnection
from starlette.types import Scope

from shared.access import Caller, Verifier
from shared.errors import Refusal
from shared.http.addresses import Peers, address_of, counted_as
from shared.http.budgets import Limiter, Tier
from shared.http.limits import KIB
from shared.settings import Settings

LONGEST_TOKEN = 8 * KIB
#: keys in a request's scope: the control of the process; the caller of the token, or the refusal of the token
CONTROL, CALLER = "zeven.control", "zeven.caller"


class AdmissionControl:
    """Shared by all services of a process: its settings, the keys of tokens, and the limits with their use."""

    def __init__(self, config: Settings, verifier: Verifier) -> None:
        self.config, self.verifier = config, verifier
        self.peers, self.limiter = Peers(config), Limiter()

    async def identify(self, scope: Scope, authorization: bytes) -> tuple[Tier, str]:
        """Find the caller of the token, if there is one, and the allowance and key by which the request is counted."""
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() == b"bearer" and 0 < len(token) <= LONGEST_TOKEN:
            try:
                scope[CALLER] = caller = await self.verifier.caller(token.decode("latin-1"))
            except Refusal as refusal:
                scope[CALLER] = refusal
            else:
                return self._tier(caller), caller.id
        client = scope.get("client")
        return self.limiter.anonymous, counted_as(client[0] if client else "")

    def _tier(self, caller: Caller) -> Tier:
        if not caller.grants:
            return self.limiter.without_role
        operates = caller.administers or caller.kind == "service_account"
        return self.limiter.operating if operates else self.limiter.with_role

    def lines_about(self, connection: HTTPConnection) -> tuple[str, int]:
        """The client's address, and how many refusals the next line in the security log counts; 0 when there are enough lines."""
        address = address_of(connection)
        return address, self.limiter.lines_to_write(address)


def control_of(connection: HTTPConnection) -> AdmissionControl:
    """The control of the process that answers."""
    control: AdmissionControl = connection.scope[CONTROL]
    return control


def caller_of(connection: HTTPConnection) -> Caller | None:
    """The caller of the request's token; `None` without a valid token."""
    found = connection.scope.get(CALLER)
    return found if isinstance(found, Caller) else None
