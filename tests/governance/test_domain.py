"""The pure rules of governance."""

from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.governance.people.rules import username_of
from services.governance.roles.rules import PROCESSES, scope_of
from services.governance.signing_keys.rules import WrongSecret, decrypted, new_key

KINDS = st.sampled_from(["party", "team", "service"])


@given(KINDS, st.uuids())
def test_a_scope_has_one_spelling(kind: str, identity: UUID) -> None:
    for text in (f"{kind}:{identity}", f"{kind}:{str(identity).upper()}", f"{kind}:{{{identity}}}"):
        assert str(scope_of(text, "leader")) == f"{kind}:{identity}"


@given(st.text(max_size=60))
def test_any_text_is_a_scope_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        named = scope_of(text, "leader")
        assert scope_of(str(named), "leader") == named


def test_processes_are_named() -> None:
    assert [str(scope_of(f"process:{name}", "operator")) for name in PROCESSES] == [
        f"process:{name}" for name in PROCESSES
    ]


@given(st.text(max_size=50))
def test_a_username_has_one_spelling(text: str) -> None:
    assert username_of(username_of(text)) == username_of(text)


def test_a_username_is_found_however_it_is_typed() -> None:
    assert {username_of(each) for each in ("Straße", "STRASSE", "ｓｔｒａｓｓｅ")} == {"strasse"}


def test_an_encrypted_key_opens_with_its_secret_alone() -> None:
    encrypted = new_key("one secret that is long enough")
    key = decrypted(encrypted.private, "one secret that is long enough")
    assert key.as_dict(private=False)["n"] == encrypted.public["n"]
    assert "d" not in encrypted.public
    with pytest.raises(WrongSecret):
        decrypted(encrypted.private, f"another secret {uuid4()}")
