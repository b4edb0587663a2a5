"""The table of moves, for any sequence of moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.knowledge.lifecycles import VERSIONS
from services.knowledge.versions.rules import CONTENT, KINDS, foreign_fields
from shared.lifecycle import MoveNotPermitted

TRIGGERS = ("submit", "return", "approve", "retire", "publish")
FACTS = ("owner_id", "reason", "body", "symptom", "workaround", "attributes")
facts = st.fixed_dictionaries(
    {name: st.sampled_from((None, "", "something")) for name in FACTS}
    | {"authors": st.just(["a"]), "reviewer": st.sampled_from("ab"), "approves_own": st.booleans()}
)


@given(st.sampled_from(sorted(VERSIONS)), st.lists(st.tuples(st.sampled_from(TRIGGERS), facts), max_size=12))
def test_nothing_becomes_current_but_what_was_complete_and_seen_by_other_eyes(ki_type, tries) -> None:
    table, state, complete = VERSIONS[ki_type], "draft", False
    for trigger, known in tries:
        try:
            move = table.fire(state, trigger, known)
        except MoveNotPermitted:
            continue
        if move.target == "in_review":
            complete = all(known[name] for name in ("owner_id", *KINDS[ki_type].mandatory))
        if move.target == "current":
            assert complete
            assert known["reviewer"] not in known["authors"] or known["approves_own"]
        assert state != "retired"
        state = move.target


@given(st.sampled_from(TRIGGERS), facts)
def test_a_retired_item_goes_nowhere(trigger, known) -> None:
    for table in VERSIONS.values():
        with pytest.raises(MoveNotPermitted):
            table.fire("retired", trigger, known)


def test_every_type_has_the_same_moves() -> None:
    drawn = {table.mermaid() for table in VERSIONS.values()}
    assert len(drawn) == 1


@given(st.sampled_from(sorted(KINDS)), st.lists(st.sampled_from(CONTENT), unique=True))
def test_a_type_has_the_fields_that_it_must_have(ki_type, names) -> None:
    kind = KINDS[ki_type]
    assert not foreign_fields(ki_type, kind.mandatory)
    assert set(foreign_fields(ki_type, names)) <= set(names) - set(kind.fields)
