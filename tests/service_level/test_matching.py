"""The choice of an agreement is the same whatever the order of the list, and the most specific one wins."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from services.service_level.domain.agreements import Agreement, Version, choose
from services.service_level.domain.clocks import Target

JANUARY, JUNE, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 12))
ALWAYS = (Version(1, JANUARY),)

STANDARD = Agreement("standard", versions=ALWAYS)
FOR_PARTY = Agreement("party", party="harbour", versions=ALWAYS)
FOR_SERVICE = Agreement("service", service="mail", versions=ALWAYS)
FOR_BOTH = Agreement("both", party="harbour", service="mail", versions=ALWAYS)
ALL = (STANDARD, FOR_PARTY, FOR_SERVICE, FOR_BOTH)


def chosen(
    agreements: tuple[Agreement, ...], party: str | None, service: str | None, at: datetime = JUNE
) -> str | None:
    found = {
        choice.agreement.id if choice else None
        for order in permutations(agreements)
        for choice in [choose(order, party, service, at)]
    }
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("party", "service", "expected"),
    [
        ("harbour", "mail", "both"),
        ("bakery", "mail", "service"),
        ("harbour", "payroll", "party"),
        ("bakery", "payroll", "standard"),
        ("harbour", None, "party"),
        (None, "mail", "service"),
        (None, None, "standard"),
    ],
)
def test_the_most_specific_agreement_wins(party: str | None, service: str | None, expected: str) -> None:
    assert chosen(ALL, party, service) == expected


def test_an_agreement_for_the_service_goes_before_one_for_the_party() -> None:
    assert chosen((FOR_PARTY, FOR_SERVICE, STANDARD), "harbour", "mail") == "service"


def test_an_agreement_of_another_party_or_service_never_applies() -> None:
    assert chosen((FOR_BOTH, FOR_PARTY, FOR_SERVICE), "bakery", "payroll") is None
    assert chosen((FOR_BOTH,), "harbour", None) is None
    assert chosen((FOR_BOTH,), None, "mail") is None


def test_the_explicit_order_breaks_a_tie_and_the_id_the_last_one() -> None:
    second = Agreement("a", service="mail", order=2, versions=ALWAYS)
    first = Agreement("b", service="mail", order=1, versions=ALWAYS)
    same = Agreement("c", service="mail", order=1, versions=ALWAYS)
    assert chosen((second, first, same), None, "mail") == "b"


def test_the_order_never_beats_the_more_specific_agreement() -> None:
    eager = Agreement("eager", order=-1, versions=ALWAYS)
    assert chosen((eager, FOR_BOTH), "harbour", "mail") == "both"


def test_an_agreement_not_in_force_at_registration_gives_way_to_the_next() -> None:
    ended = Agreement("ended", party="harbour", service="mail", versions=(Version(1, JANUARY, JUNE),))
    coming = Agreement("coming", service="mail", versions=(Version(1, DECEMBER),))
    empty = Agreement("empty", party="harbour")
    assert chosen((ended, coming, empty, STANDARD), "harbour", "mail") == "standard"


def test_a_version_holds_from_its_first_moment_until_just_before_its_last() -> None:
    version = Version(1, JANUARY, JUNE)
    assert version.in_force(JANUARY)
    assert not version.in_force(JUNE)
    assert version.in_force(datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize(("at", "number"), [(JANUARY, 1), (JUNE, 2), (DECEMBER, 3)])
def test_the_latest_version_in_force_at_registration_applies(at: datetime, number: int) -> None:
    versions = (Version(2, JUNE), Version(3, DECEMBER), Version(1, JANUARY))
    choice = choose([Agreement("standard", versions=versions)], None, None, at)
    assert choice is not None
    assert choice.version.number == number


def test_a_missing_target_is_no_clock() -> None:
    target = Target("restore", 3_600)
    version = Version(1, JANUARY, targets={("restore", "P1"): target})
    assert version.target("restore", "P1") is target
    assert version.target("restore", "P2") is None
    assert version.target("response", "P1") is None
