"""Where a request comes from: the peer of the connection, or the address that a trusted proxy gives."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import HTTPConnection
from starlette.types import Scope

from shared.settings import Settings

UNKNOWN = "unknown"
MOST_HOPS = 20
#: any of these headers means that the request came through a proxy
_PROXY_HEADERS = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"})
_NETWORK_BITS = 64  # bits of an IPv6 address that are the network; its owner may choose the others
_LOOPBACK = ip_network("127.0.0.0/8"), ip_network("::1/128")


class Networks:
    """A set of addresses and networks; the results of look-ups are cached."""

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)
        self._known = lru_cache(maxsize=4096)(self._computed)

    def __contains__(self, host: str) -> bool:
        return bool(self._networks) and self._known(host)

    def _computed(self, host: str) -> bool:
        address = _parsed(host)
        return address is not None and any(address in network for network in self._networks)


class Peers:
    """The peers that the settings name: trusted proxies, and networks that may read operating figures."""

    def __init__(self, config: Settings) -> None:
        self.proxies = Networks(config.trusted_proxies)
        self._operators = Networks((*_LOOPBACK, *config.metrics_networks))

    def set_client(self, scope: Scope) -> None:
        """Put the client's address and scheme into `scope` where a trusted proxy names them."""
        client = scope.get("client")
        if client is None or client[0] not in self.proxies:
            return
        hops: list[str] = []
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                hops += value.decode("latin-1").split(",")
            elif name == b"x-forwarded-proto" and (proto := value.rpartition(b",")[2].strip()) in (b"http", b"https"):
                scope["scheme"] = proto.decode()
        if (found := self._client_of(hops[-MOST_HOPS:])) is not None:
            scope["client"] = (found, 0)

    def _client_of(self, hops: Sequence[str]) -> str | None:
        """The last hop that is not a trusted proxy: each proxy adds its peer at the end, so the first ones may be invented."""
        found = None
        for hop in reversed(hops):
            address = _parsed(_without_port(hop.strip()))
            if address is None:
                break
            found = str(address)
            if found not in self.proxies:
                break
        return found

    def operates(self, scope: Scope) -> bool:
        """Whether the request came straight from this machine or from a network of `ZEVEN_METRICS_NETWORKS`."""
        client = scope.get("client")
        direct = not any(name in _PROXY_HEADERS for name, _ in scope["headers"])
        return direct and client is not None and client[0] in self._operators


def address_of(connection: HTTPConnection) -> str:
    """The address by which limits count the client: an IPv4 address, or the network of 64 bits of an IPv6 address.

    Where a trusted proxy gave the address, it is set before any route runs.
    """
    client = connection.client
    return counted_as(client.host) if client else UNKNOWN


@lru_cache(maxsize=4096)
def counted_as(host: str) -> str:
    """What an address is counted as; a host that is not an address is counted under its name."""
    address = _parsed(host)
    if address is None:
        return host[:100] or UNKNOWN
    return str(ip_network((address, _NETWORK_BITS), strict=False)) if isinstance(address, IPv6Address) else str(address)


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
