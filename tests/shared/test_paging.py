"""Cursors: they come back as they went, and nothing else does."""

import base64
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadRequest
from shared.paging import decode, encode
from tests.shared.test_requests import PARCELS, problem
from tests.world import World

ORDERS = st.sampled_from(["created_at", "-created_at", "number", "a name with \U0001f4ee"])
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)


@given(ORDERS, VALUES, st.uuids())
def test_any_value_comes_back_as_it_went(order: str, value: Any, identity: UUID) -> None:
    assert decode(encode(order, value, identity), order) == (value, identity)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_an_instant_comes_back_to_the_microsecond(value: datetime, identity: UUID) -> None:
    text, same = decode(encode("created_at", value, identity), "created_at")
    assert (datetime.fromisoformat(text), same) == (value, identity)


@given(st.one_of(st.dates(), st.uuids()), st.uuids())
def test_a_date_or_an_id_comes_back_as_its_text(value: date | UUID, identity: UUID) -> None:
    assert decode(encode("x", value, identity), "x") == (str(value), identity)


@given(VALUES, st.uuids(), st.data())
def test_a_cursor_with_any_bit_changed_is_refused(value: Any, identity: UUID, data: st.DataObject) -> None:
    whole = encode("created_at", value, identity)
    raw = bytearray(base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << (place % 8)
    with pytest.raises(BadRequest):
        decode(base64.urlsafe_b64encode(raw).decode().rstrip("="), "created_at")


@given(VALUES, st.uuids(), st.integers(1, 30))
def test_a_cursor_that_was_cut_is_refused(value: Any, identity: UUID, cut: int) -> None:
    with pytest.raises(BadRequest):
        decode(encode("created_at", value, identity)[:-cut], "created_at")


@given(st.text())
def test_no_text_at_all_is_more_than_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        decode(text, "created_at")


@given(st.binary(max_size=60))
def test_no_bytes_with_a_right_sum_are_more_than_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(forged(body), "created_at")


@given(ORDERS, ORDERS, st.uuids())
def test_a_cursor_serves_one_order(given_out: str, asked: str, identity: UUID) -> None:
    cursor = encode(given_out, 1, identity)
    if given_out == asked:
        decode(cursor, asked)
    else:
        with pytest.raises(BadRequest):
            decode(cursor, asked)


def forged(body: bytes) -> str:
    """A cursor with a right sum, as whoever has read the source can make one."""
    from shared.paging import _sum

    return base64.urlsafe_b64encode(_sum(body) + body).decode().rstrip("=")


FORGED = [
    None,
    5,
    10**30,
    1.5,
    True,
    "x",
    "",
    "\x00",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "9999-12-31T23:59:59-14:00",
    [],
    {},
]


@pytest.mark.parametrize("value", FORGED, ids=repr)
async def test_a_forged_cursor_is_refused_or_finds_nothing(office: World, value: Any) -> None:
    cursor = forged(msgspec.json.encode(["created_at", value, uuid4()]))
    answer = await office.admin.get(PARCELS, params={"cursor": cursor})
    if answer.status_code != 200:
        problem(answer, 400, "bad-request")
