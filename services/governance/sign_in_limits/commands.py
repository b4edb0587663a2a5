"""How often a password may be tried: the wait grows with each failure, per name and address, so that nobody can lock out others."""

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import Any

from shared import security_log
from shared.delays import Delays
from shared.errors import TooMany

MOST_KNOWN = 10_000


class TooManyAttempts(TooMany):
    """After too many failed sign-ins with this name, or from this address, the next one has to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts; wait {seconds} s.", headers={"Retry-After": str(seconds)})


class SignInLimits:
    """The failures in this process; a restart forgets them, and each replica counts for itself.

    A name waits at the address where it failed. Failures under a name at many addresses make it wait at all of them, except
    where it has signed in before. An address that tries many names waits too.
    """

    def __init__(self) -> None:
        self._at_address = Delays(free=5, longest=900, forgotten_every=600)
        self._names = Delays(free=50, longest=60, forgotten_every=60)
        self._addresses = Delays(free=60, longest=60, forgotten_every=1)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def begin(self, name: str, address: str) -> None:
        """Count a try as failed until it succeeds, so that parallel tries count too. `TooManyAttempts` names the wait."""
        address = network_of(address)
        here = (name, address)
        known = here in self._known
        waits = [self._at_address.wait(here), self._addresses.wait(address), 0 if known else self._names.wait(name)]
        if (wait := max(waits)) > 0:
            security_log.record("sign_in_refused", reason="too many attempts", address=address)
            raise TooManyAttempts(math.ceil(wait))
        self._at_address.add(here)
        self._addresses.add(address)
        if not known:
            self._names.add(name)

    def succeeded(self, name: str, address: str) -> None:
        """Undo what `begin` counted, clear the failures of the name at this address, and remember the address as known."""
        address = network_of(address)
        here = (name, address)
        self._at_address.clear(here)
        self._addresses.add(address, -1)
        if here not in self._known:
            self._names.add(name, -1)
        self._known[here] = None
        self._known.move_to_end(here)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    @classmethod
    def of(cls, state: Any) -> "SignInLimits":
        """The limits of the application whose state this is."""
        if not hasattr(state, "sign_in_limits"):
            state.sign_in_limits = cls()
        limits: SignInLimits = state.sign_in_limits
        return limits

    @contextmanager
    def attempt(self, name: str, address: str, *, counts: bool = True) -> Iterator[None]:
        """Count the block as a try with this name; it has failed when the block raises."""
        if not counts:
            yield
            return
        self.begin(name, address)
        yield
        self.succeeded(name, address)


def network_of(address: str) -> str:
    """The network that counts as one address: the first half of IPv6, since one home connection has the whole second half."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or (int(ip) >> 64))
    return str(ip)
