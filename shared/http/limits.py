"""Every limit on what is sent to one process, as numbers; docs/operations.md shows them in one table.

A normal front end reaches none of them. Beyond a limit the response is 4xx, mostly 429 with Retry-After.
"""

from dataclasses import dataclass
from math import inf

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller (without a token: one address) may have under way, and the seconds of processing it may use.

    `at_once` requests run, `waiting` more wait. `share` seconds may be used each second without end, and `burst` seconds at
    once after a pause.
    """

    at_once: int
    waiting: int
    share: float = inf
    burst: float = inf


#: per address, without a valid token
ANONYMOUS = Allowance(at_once=4, waiting=76, share=0.05, burst=1.0)
#: per person or account that holds no role at all
WITHOUT_ROLE = Allowance(at_once=2, waiting=16, share=0.05, burst=0.3)
#: per person that holds a role
WITH_ROLE = Allowance(at_once=16, waiting=128, share=0.5, burst=20.0)
#: per administrator or service account with a role: imports, rebuilds, other systems
OPERATING = Allowance(at_once=64, waiting=1024)

#: calls of one open address by one client, per second
OPEN_PER_SECOND = 50
#: the longest time until a used budget allows requests again
LONGEST_WAIT = 60.0
#: a refusal for a used budget is sent after this many seconds, so that retrying at once does not help
REFUSED_AFTER = 1.0
#: refusals of one caller that are delayed; further ones are sent at once
REFUSALS_HELD = 256
#: lines in the security log about one address, per minute
LOGGED_PER_MINUTE = 10

LONGEST_TARGET = 16 * KIB  # path and query string; 200 ids in a list take half of it
MOST_PARAMETERS = 400
LARGEST_HEADERS = 32 * KIB
MOST_HEADERS = 100

LARGEST_BODY = MIB
LARGEST_OPEN_BODY = 16 * KIB
BYTES_PER_VALUE = 16  # a body may hold one JSON value for each so many bytes of its permitted size
DEEPEST = 32
MOST_MISTAKES = 1000  # of one body, that are listed for the client
PARSED_ASIDE = 64 * KIB  # a body from this size on is parsed in a thread
HEAVY_AT_ONCE = 2  # threads for large bodies and long calculations

#: a body must arrive within `BODY_SECONDS`, and a second more for each `SLOWEST_BODY` bytes
BODY_SECONDS = 10.0
SLOWEST_BODY = 32 * KIB
BODIES_AT_ONCE = 32  # of one address, begun and not complete

HEAD_SECONDS = 10.0  # from the first byte of a request to the end of its headers
IDLE_SECONDS = 30  # a connection without a request
LARGEST_HEAD = 64 * KIB  # request line and headers, before they are parsed
CONNECTIONS_PER_ADDRESS = 256
REST_SECONDS, LARGEST_REST = 5.0, 5 * MIB  # of a refused body, received and dropped so that the answer is read
DROPPED_PER_SECOND = 16 * MIB  # of all refused bodies together
UNREAD_SECONDS = 60.0  # how long an answer waits for a client that does not read


def as_markdown() -> str:
    """The table of all limits in docs/operations.md."""
    body, values = _size(LARGEST_BODY), f"{LARGEST_BODY // BYTES_PER_VALUE:,}"
    rows = [
        ("address (path and query)", f"{_size(LONGEST_TARGET)}, {MOST_PARAMETERS} parameters", "414, 400"),
        ("headers", f"{_size(LARGEST_HEADERS)}, {MOST_HEADERS} of them", "431"),
        ("body", f"{body}; imports 16 MiB; open addresses {_size(LARGEST_OPEN_BODY)}", "413"),
        (
            "JSON",
            f"{DEEPEST} levels; one value for {BYTES_PER_VALUE} bytes of the permitted size: {values} in {body}",
            "400",
        ),
        (
            "time for a body to arrive",
            f"{BODY_SECONDS:.0f} s and 1 s more for each {_size(SLOWEST_BODY)}",
            "408, connection closed",
        ),
        ("bodies under way, per address", f"{BODIES_AT_ONCE}", "429"),
        ("time for the headers to arrive", f"{HEAD_SECONDS:.0f} s", "connection closed"),
        ("connections, per address", f"{CONNECTIONS_PER_ADDRESS} (proxies: any number)", "429, connection closed"),
        (
            "refused bodies, received and dropped",
            f"{_size(DROPPED_PER_SECOND)} a second in all",
            "received more slowly",
        ),
        ("connection without a request", f"{IDLE_SECONDS} s", "connection closed"),
        ("answer that is not read", f"{UNREAD_SECONDS:.0f} s", "connection closed"),
        ("calls of one open address, per client address", f"{OPEN_PER_SECOND} a second", "429"),
        ("without a token, per address", _allowance(ANONYMOUS), "429"),
        ("token without any role, per person or account", _allowance(WITHOUT_ROLE), "429"),
        ("token with a role, per person", _allowance(WITH_ROLE), "429"),
        ("administrator, service account with a role", _allowance(OPERATING), "429"),
    ]
    lines = ["| What | Limit, per process | Beyond it |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {limit} | {beyond} |" for what, limit, beyond in rows), ""])


def _allowance(one: Allowance) -> str:
    text = f"{one.at_once} requests at once and {one.waiting:,} waiting"
    if one.share == inf:
        return text
    return f"{text}; {one.share * 1000:.0f} ms of processing a second, {one.burst * 1000:,.0f} ms of it at once"


def _size(count: int) -> str:
    return f"{count // MIB} MiB" if count >= MIB else f"{count // KIB} KiB"
