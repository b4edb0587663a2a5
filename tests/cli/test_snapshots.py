"""A file with one row per ticket: its columns for moments become steps."""

from pathlib import Path
from typing import Any

import pytest

from cli.history import History, MappingInvalid, Skip, load_mapping, map_file, read_histories

MAPPING = """
source = "tickets"
[time]
format = "%d-%m-%Y %H:%M"
[columns]
key = "Ticket"
registered_at = "Opened"
[moments]
recovered = "Resolved"
closed = "Closed"
[values]
title = "Subject"
description = "Text"
priority = "Priority"
[tables.priority]
"Critical" = "P1"
"Normal" = "P3"
"""
STATE = """
[states]
"New" = "registered"
"Working" = "in_recovery"
"Resolved" = "recovered"
"Closed" = "closed"
"Withdrawn" = "cancelled"
"""
HEADER = "Ticket,Opened,Resolved,Closed,Subject,Text,Priority,Status,Updated"
OPENED, RESOLVED, CLOSED = "02-03-2026 08:00", "02-03-2026 10:00", "07-03-2026 10:00"


def with_state(changed_at: bool = True) -> str:
    columns = 'state = "Status"\n' + ('changed_at = "Updated"\n' if changed_at else "")
    return MAPPING.replace("[moments]", f"{columns}[moments]") + STATE


def read(tmp_path: Path, mapping: str, *rows: str) -> list[History | Skip]:
    (tmp_path / "own.toml").write_text(mapping)
    (tmp_path / "tickets.csv").write_text("\n".join([HEADER, *rows]))
    return list(read_histories(tmp_path / "tickets.csv", load_mapping(str(tmp_path / "own.toml"))))


def document(tmp_path: Path, mapping: str, *rows: str) -> dict[str, Any]:
    (one,) = read(tmp_path, mapping, *rows)
    assert isinstance(one, History), one
    return one.document


def moments(tmp_path: Path, mapping: str, *rows: str) -> list[tuple[str, str]]:
    return [(step["at"], step["state"]) for step in document(tmp_path, mapping, *rows)["steps"]]


def test_every_moment_of_a_row_is_a_step_and_its_values_are_those_of_registration(tmp_path: Path) -> None:
    assert document(tmp_path, MAPPING, f"T1,{OPENED},{RESOLVED},{CLOSED},No  light,Dark.,Critical,Closed,{CLOSED}") == {
        "key": "T1",
        "registered_at": "2026-03-02T08:00:00Z",
        "values": {"title": "No light", "description": "Dark.", "priority": "P1"},
        "links": [],
        "steps": [
            {"at": "2026-03-02T10:00:00Z", "state": "recovered"},
            {"at": "2026-03-07T10:00:00Z", "state": "closed"},
        ],
    }


def test_a_moment_without_a_time_did_not_happen(tmp_path: Path) -> None:
    assert moments(tmp_path, MAPPING, f"T1,{OPENED},,,A,B,Normal,,") == []
    assert moments(tmp_path, MAPPING, f"T1,{OPENED},,{CLOSED},A,B,Normal,,") == [("2026-03-07T10:00:00Z", "closed")]


def test_moments_of_one_time_are_in_the_order_of_a_lifecycle_whatever_the_mapping_says_first(tmp_path: Path) -> None:
    reverse = MAPPING.replace('recovered = "Resolved"\nclosed = "Closed"', 'closed = "Closed"\nrecovered = "Resolved"')
    assert reverse != MAPPING
    assert moments(tmp_path, reverse, f"T1,{OPENED},{RESOLVED},{RESOLVED},A,B,Normal,,") == [
        ("2026-03-02T10:00:00Z", "recovered"),
        ("2026-03-02T10:00:00Z", "closed"),
    ]


@pytest.mark.parametrize(
    ("resolved", "closed", "state", "updated", "steps"),
    [
        (RESOLVED, CLOSED, "Closed", "08-03 10:00", ["02T10 recovered", "07T10 closed"]),
        (RESOLVED, "", "Working", "03-03 10:00", ["02T10 recovered", "03T10 in_recovery"]),
        (RESOLVED, "", "Working", "01-03 10:00", ["02T10 recovered", "02T10 in_recovery"]),
        (RESOLVED, "", "Closed", "03-03 10:00", ["02T10 recovered", "03T10 closed"]),
        ("", "", "Working", "02-03 09:00", ["02T09 in_recovery"]),
        ("", CLOSED, "Withdrawn", "08-03 10:00", ["07T10 cancelled"]),
    ],
)
def test_the_state_is_that_of_now_and_its_time_that_of_the_last_change(
    tmp_path: Path, resolved: str, closed: str, state: str, updated: str, steps: list[str]
) -> None:
    row = f"T1,{OPENED},{resolved},{closed},A,B,Normal,{state},{updated.replace(' ', '-2026 ')}"
    assert [f"{at[8:13]} {entered}" for at, entered in moments(tmp_path, with_state(), row)] == steps


def test_a_state_without_any_time_is_refused(tmp_path: Path) -> None:
    (skip,) = read(tmp_path, with_state(changed_at=False), f"T1,{OPENED},,,A,B,Normal,Closed,")
    assert isinstance(skip, Skip)
    assert (skip.line, skip.why) == (2, "nothing says since when the state is closed: no Resolved, no Closed")
    assert moments(tmp_path, with_state(changed_at=False), f"T1,{OPENED},,,A,B,Normal,New,") == []


def test_the_latest_of_several_rows_counts(tmp_path: Path) -> None:
    early = f"T1,{OPENED},{RESOLVED},,A,B,Normal,Resolved,{RESOLVED}"
    late = f"T1,{OPENED},{RESOLVED},{CLOSED},A,B,Critical,Closed,{CLOSED}"
    alone = document(tmp_path, with_state(), late)
    assert document(tmp_path, with_state(), late, early) == document(tmp_path, with_state(), early, late) == alone
    with map_file(tmp_path / "tickets.csv", load_mapping(str(tmp_path / "own.toml"))) as found:
        assert "1 of 1 incidents have several rows, of which only the latest counts" in found.warnings[0]


def test_rows_that_differ_are_refused_when_nothing_says_which_is_later(tmp_path: Path) -> None:
    one, other = f"T1,{OPENED},{RESOLVED},,A,B,Normal,,", f"T1,{OPENED},{RESOLVED},{CLOSED},A,B,Normal,,"
    (skip,) = read(tmp_path, MAPPING, one, other)
    assert isinstance(skip, Skip)
    assert (skip.line, "changed_at says which one is later" in skip.why) == (3, True)
    assert len(moments(tmp_path, MAPPING, other, other)) == 2


@pytest.mark.parametrize("column", ["Opened", "Resolved", "Closed"])
def test_a_placeholder_of_year_9999_is_refused_with_its_column_unless_it_is_missing(
    tmp_path: Path, column: str
) -> None:
    given = {"Opened": OPENED, "Resolved": RESOLVED, "Closed": CLOSED, column: "31-12-9999 00:00"}
    row = f"T1,{','.join(given.values())},A,B,Normal,,"
    (skip,) = read(tmp_path, MAPPING, row)
    assert isinstance(skip, Skip)
    assert skip.line == 2
    assert skip.why.startswith(f"{column} '31-12-9999 00:00' is not a time between the years 1970 and ")
    if column != "Opened":
        assert len(moments(tmp_path, 'missing = ["31-12-9999 00:00"]\n' + MAPPING, row)) == 1


def test_a_snapshot_mapping_is_not_warned_about(tmp_path: Path) -> None:
    read(tmp_path, MAPPING, f"T1,{OPENED},{RESOLVED},{CLOSED},A,B,Normal,,", f"T2,{OPENED},,,A,B,Normal,,")
    with map_file(tmp_path / "tickets.csv", load_mapping(str(tmp_path / "own.toml"))) as found:
        assert (found.warnings, found.unmapped) == ([], [])


def test_registration_may_be_named_among_the_moments(tmp_path: Path) -> None:
    among = MAPPING.replace('registered_at = "Opened"\n[moments]', '[moments]\nregistered = "Opened"')
    row = f"T1,{OPENED},{RESOLVED},{CLOSED},A,B,Normal,,"
    assert document(tmp_path, among, row) == document(tmp_path, MAPPING, row)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('recovered = "Resolved"', 'resolved = "Resolved"', "[moments] 'resolved' is not one of registered"),
        ('registered_at = "Opened"\n', "", "[columns] lacks registered_at"),
        ("[moments]\n", '[moments]\nregistered = "Opened"\n', "the time of registration is named twice"),
        ('"Critical" = "P1"', '"Critical" = "P0"', "'P0' is not one of P1, P2, P3, P4"),
        ('[moments]\nrecovered = "Resolved"\nclosed = "Closed"\n', "", "[columns] lacks state"),
    ],
)
def test_moments_that_cannot_be_followed_are_refused_in_words(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in MAPPING
    (tmp_path / "own.toml").write_text(MAPPING.replace(old, new))
    with pytest.raises(MappingInvalid) as refused:
        load_mapping(str(tmp_path / "own.toml"))
    assert why in str(refused.value)


def test_texts_without_a_visible_character_are_no_texts(tmp_path: Path) -> None:
    row = f"T1,{OPENED},,,\u200b\u2060,\x00,Normal,,"
    assert document(tmp_path, MAPPING, row)["values"] == {"title": None, "description": None, "priority": "P3"}


def test_a_moment_more_than_a_hundred_years_after_the_registration_is_refused(tmp_path: Path) -> None:
    (skip,) = read(tmp_path, MAPPING, "T1,01-02-1970 00:00,02-03-2071 08:00,,A,B,Normal,,")
    assert isinstance(skip, Skip)
    assert (skip.line, skip.why) == (2, "a step is more than 100 years after the registration")


def test_long_titles_and_descriptions_end_with_an_ellipsis(tmp_path: Path) -> None:
    values = document(tmp_path, MAPPING, f'T1,{OPENED},,,{"x" * 201},"a\x00\nb{"y" * 20_000}",Normal,,')["values"]
    assert values["title"] == "x" * 199 + "…"
    assert (values["description"][:5], len(values["description"]), values["description"][-1]) == ("a \nby", 20_000, "…")
