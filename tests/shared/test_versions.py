"""`If-Match` as RFC 9110 writes it: one tag, a list of them, or `*` for whichever version there is."""

import httpx2
import pytest

from shared.errors import VersionConflict
from shared.versions import Versions, check_version, versions_of
from tests.shared.test_requests import PARCELS, problem
from tests.world import World


@pytest.mark.parametrize(
    ("if_match", "versions"),
    [
        ('"3"', 3),
        (' "3" ', 3),
        ('"3","4"', Versions(frozenset({3, 4}))),
        ('"3" , , "5" ,"3"', Versions(frozenset({3, 5}))),
        ('W/"3", "4"', 4),
        ('"a,b", "4"', 4),
        ("*", Versions(None)),
    ],
)
def test_if_match_names_versions(if_match: str, versions: object) -> None:
    assert versions_of(if_match) == versions


@pytest.mark.parametrize(
    "if_match", ["", "3", '"3', 'W/"3"', '"three"', '*, "3"', '"3" or "4"', '"' + "9" * 30 + '"', " " * 9000]
)
def test_what_names_no_version_matches_none(if_match: str) -> None:
    with pytest.raises(VersionConflict):
        versions_of(if_match)


def test_a_record_is_compared_with_all_of_them() -> None:
    several = Versions(frozenset({3, 4}))
    for expected in (4, several, Versions(None)):
        check_version(4, expected)
    for expected in (3, several):
        with pytest.raises(VersionConflict, match="version 5, you saw 3"):
            check_version(5, expected)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("If-Match", '"7", "1"')], 200),
        ([("If-Match", '"7"'), ("If-Match", '"1"')], 200),
        ([("If-Match", "*")], 200),
        ([("If-Match", '"7", "8"')], 412),
        ([("If-Match", 'W/"1"')], 412),
        ([], 428),
    ],
)
async def test_a_change_names_the_versions_that_its_sender_saw(
    office: World, headers: list[tuple[str, str]], status: int
) -> None:
    made = await office.admin.post(PARCELS, json={"label": "books"})
    assert made.headers["etag"] == '"1"'
    answer: httpx2.Response = await office.admin.post(
        f"{PARCELS}/{made.json()['id']}/moves", json={"collector": "Robin"}, headers=headers
    )
    assert answer.status_code == status, answer.text
    if status != 200:
        problem(answer, status)
