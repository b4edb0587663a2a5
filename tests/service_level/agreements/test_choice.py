"""The choice of an agreement does not depend on the order of the list, and the most specific one wins."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from services.service_level.agreements.rules import Terms, choose

JANUARY, JUNE, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 12))

STANDARD = Terms("standard", 1, JANUARY)
FOR_PARTY = Terms("party", 1, JANUARY, party_id="harbour")
FOR_SERVICE = Terms("service", 1, JANUARY, service_id="mail")
FOR_BOTH = Terms("both", 1, JANUARY, party_id="harbour", service_id="mail")
ALL = (STANDARD, FOR_PARTY, FOR_SERVICE, FOR_BOTH)


def chosen(
    terms: tuple[Terms, ...], party: str | None, service: str | None, at: datetime = JUNE
) -> tuple[str, int] | None:
    found = {
        (best.agreement_id, best.version) if best else None
        for order in permutations(terms)
        for best in [choose(order, party, service, at)]
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
    assert chosen(ALL, party, service) == (expected, 1)


def test_an_agreement_for_the_service_goes_before_one_for_the_party() -> None:
    assert chosen((FOR_PARTY, FOR_SERVICE, STANDARD), "harbour", "mail") == ("service", 1)


def test_an_agreement_of_another_party_or_service_never_applies() -> None:
    assert chosen((FOR_BOTH, FOR_PARTY, FOR_SERVICE), "bakery", "payroll") is None
    assert chosen((FOR_BOTH,), "harbour", None) is None
    assert chosen((FOR_BOTH,), None, "mail") is None


def test_the_rank_breaks_a_tie_and_the_id_the_last_one() -> None:
    second = Terms("a", 1, JANUARY, service_id="mail", rank=2)
    first = Terms("b", 1, JANUARY, service_id="mail", rank=1)
    same = Terms("c", 1, JANUARY, service_id="mail", rank=1)
    assert chosen((second, first, same), None, "mail") == ("b", 1)


def test_the_rank_never_beats_the_more_specific_agreement() -> None:
    eager = Terms("eager", 1, JANUARY, rank=-1)
    assert chosen((eager, FOR_BOTH), "harbour", "mail") == ("both", 1)


def test_an_agreement_not_in_force_at_registration_gives_way_to_the_next() -> None:
    ended = Terms("ended", 1, JANUARY, JUNE, party_id="harbour", service_id="mail")
    coming = Terms("coming", 1, DECEMBER, service_id="mail")
    assert chosen((ended, coming, STANDARD), "harbour", "mail") == ("standard", 1)


def test_terms_hold_from_their_first_moment_until_just_before_their_last() -> None:
    terms = Terms("standard", 1, JANUARY, JUNE)
    assert terms.apply_to(None, None, JANUARY)
    assert not terms.apply_to(None, None, JUNE)
    assert terms.apply_to(None, None, datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize(("at", "number"), [(JANUARY, 1), (JUNE, 2), (DECEMBER, 3)])
def test_the_latest_version_in_force_at_registration_applies(at: datetime, number: int) -> None:
    versions = (Terms("standard", 2, JUNE), Terms("standard", 3, DECEMBER), Terms("standard", 1, JANUARY))
    assert chosen(versions, None, None, at) == ("standard", number)
