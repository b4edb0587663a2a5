"""The order of a file's rows does not matter: an incident is gathered from wherever they are, and sorted by time."""

import random
import sqlite3
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.demo_data import generate
from cli.history import History, HistoryUnreadable, MappedFile, Row, Skip, load_mapping
from tests.data.log import row

UCI = load_mapping("uci")
OPENED = "2/3/2026 08:00"
CLOSED_P1 = [
    row("P1", OPENED, "2/3/2026 08:00", "New", impact="1 - High", urgency="1 - High"),
    row("P1", OPENED, "2/3/2026 08:20", "Active", impact="1 - High", urgency="1 - High", assignment_group="Desk"),
    row("P1", OPENED, "2/3/2026 10:00", "Resolved", impact="1 - High", urgency="1 - High", assignment_group="Desk"),
    row("P1", OPENED, "7/3/2026 10:00", "Closed", impact="1 - High", urgency="1 - High", assignment_group="Desk"),
]
OTHERS = [
    row("A", OPENED, "2/3/2026 09:00", "New"),
    row("B", OPENED, "2/3/2026 09:30", "Active"),
    row("A", OPENED, "2/3/2026 11:00", "Resolved"),
    row("B", OPENED, "8/3/2026 11:00", "Closed"),
]


def mapped(rows: list[dict[str, str]]) -> dict[str | None, History | Skip]:
    with MappedFile((Row(line, cells, None) for line, cells in enumerate(rows, start=2)), UCI) as found:
        assert found.rows == len(rows)
        incidents = list(found)
    assert len({one.key for one in incidents}) == len(incidents)
    return {one.key: one for one in incidents}


def states(one: History | Skip) -> list[tuple[str, str]]:
    assert isinstance(one, History), one
    return [(step["at"], step["state"]) for step in one.document["steps"] if "state" in step]


AS_IT_HAPPENED = [
    ("2026-03-02T08:20:00Z", "in_recovery"),
    ("2026-03-02T10:00:00Z", "recovered"),
    ("2026-03-07T10:00:00Z", "closed"),
]


def test_a_file_newest_first_is_read_as_it_happened() -> None:
    assert states(mapped(CLOSED_P1[::-1])["P1"]) == AS_IT_HAPPENED


def test_interleaved_rows_are_gathered_by_incident() -> None:
    together = mapped(CLOSED_P1 + OTHERS)
    interleaved = [each for pair in zip(CLOSED_P1, OTHERS, strict=True) for each in pair]
    assert mapped(interleaved) == together
    assert states(together["P1"]) == AS_IT_HAPPENED
    assert [one.rows for one in together.values()] == [4, 2, 2]


@given(st.permutations(CLOSED_P1 + OTHERS))
def test_any_order_of_rows_gives_the_same_incidents(rows: list[dict[str, str]]) -> None:
    assert mapped(rows) == mapped(CLOSED_P1 + OTHERS)


def test_a_whole_history_in_any_order_gives_the_same_incidents() -> None:
    # rows of one minute have no order but that of the file, so only one of each is used
    once = list({(each["number"], each["sys_updated_at"]): each for each in generate(incidents=200)}.values())
    shuffled = random.Random(5).sample(once, len(once))
    assert mapped(shuffled) == mapped(once) == mapped(once[::-1])


TIES = [
    row("A", OPENED, "2/3/2026 09:00", "New"),
    row("A", OPENED, "2/3/2026 10:00", "Active"),
    row("A", OPENED, "2/3/2026 10:00", "Resolved"),
    row("A", OPENED, "2/3/2026 10:00", "Closed"),
]


def test_rows_of_one_time_stay_in_the_order_of_the_file() -> None:
    rows = [TIES[1], TIES[2], TIES[3], TIES[0]]
    assert [state for _, state in states(mapped(rows)["A"])] == ["in_recovery", "recovered", "closed"]


def test_rows_of_one_time_are_reversed_in_a_file_that_is_newest_first_throughout() -> None:
    other = [row("B", OPENED, "2/3/2026 10:00", "Resolved"), row("B", OPENED, "2/3/2026 10:00", "Active")]
    many = [each | {"number": f"{each['number']}{number}"} for number in range(4) for each in CLOSED_P1[::-1]]
    found = mapped(TIES[::-1] + other + many)
    assert [state for _, state in states(found["A"])] == ["in_recovery", "recovered", "closed"]
    assert [state for _, state in states(found["B"])] == ["in_recovery", "recovered"]


def test_a_change_stamped_before_the_registration_counts_at_the_registration() -> None:
    rows = [row("A", OPENED, "2/3/2026 09:00", "Resolved"), row("A", OPENED, "2/3/2026 07:00", "Active")]
    assert states(mapped(rows)["A"]) == [("2026-03-02T08:00:00Z", "in_recovery"), ("2026-03-02T09:00:00Z", "recovered")]


def test_a_bad_row_at_the_end_is_known_before_the_first_incident_is_given() -> None:
    with MappedFile(
        (Row(line, cells, None) for line, cells in enumerate([*CLOSED_P1, OTHERS[0] | {"incident_state": "Lost"}])),
        UCI,
    ) as found:
        assert found.unmapped == [("incident_state", "Lost", 1)]


def test_a_file_that_cannot_be_read_to_its_end_gives_nothing() -> None:
    def broken() -> Iterator[Row]:
        yield Row(2, CLOSED_P1[0], None)
        raise HistoryUnreadable("log.csv", 3, "damaged")

    with pytest.raises(HistoryUnreadable, match="line 3: damaged"):
        MappedFile(broken(), UCI)


def test_a_full_disk_is_named_with_its_remedy() -> None:
    def full() -> Iterator[Row]:
        yield Row(2, CLOSED_P1[0], None)
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(HistoryUnreadable, match=r"no room on disk .* SQLITE_TMPDIR names a folder that has more"):
        MappedFile(full(), UCI)


def test_a_row_without_a_key_at_the_beginning_is_a_skip_of_its_own() -> None:
    found = mapped([row("?", OPENED, "2/3/2026 09:00", "New"), *CLOSED_P1])
    assert found[None] == Skip(None, 1, 2, "no number")
    assert isinstance(found["P1"], History)


def test_the_same_column_may_have_several_uses(tmp_path: Path) -> None:
    mapping = tmp_path / "own.toml"
    text = (Path(__file__).parents[2] / "cli/mappings/uci.toml").read_text()
    mapping.write_text(text.replace("[values]", '[values]\ntitle = "location"\ndescription = "location"'))
    cells = row("A", OPENED, OPENED, "New", location="Café\nNoord")
    with MappedFile([Row(2, cells | {"location": "Hall 7"}, None)], load_mapping(str(mapping))) as found:
        (one,) = found
    assert isinstance(one, History)
    values: dict[str, Any] = one.document["values"]
    assert {name: values[name] for name in ("title", "description", "location")} == dict.fromkeys(
        ("title", "description", "location"), "Hall 7"
    )


def test_memory_does_not_grow_with_the_number_of_rows() -> None:
    def peak(incidents: int) -> int:
        rows = (
            Row(line, cells, None)
            for line in range(incidents)
            for cells in (CLOSED_P1[0] | {"number": f"INC{line}"}, CLOSED_P1[3] | {"number": f"INC{line}"})
        )
        tracemalloc.start()
        try:
            with MappedFile(rows, UCI) as found:
                assert sum(one.rows for one in found) == 2 * incidents
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(10_000) < peak(1_000) + 100_000
