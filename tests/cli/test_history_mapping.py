"""The mapping: an incident's rows become registration and steps, and every row that is left out is reported."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cli.demo_data import write
from cli.history import History, MappedFile, Row, Skip, batches, load_mapping, map_file
from tests.data.calculator import expected
from tests.data.log import row

UCI = load_mapping("uci")
OPENED = "29/2/2016 06:58"


def mapped(*rows: dict[str, str]) -> list[History | Skip]:
    with MappedFile((Row(line, cells, None) for line, cells in enumerate(rows, start=2)), UCI) as found:
        return list(found)


def document(*rows: dict[str, str]) -> dict[str, Any]:
    (one,) = mapped(*rows)
    assert isinstance(one, History)
    return one.document


def test_an_incident_is_its_first_row_and_a_step_for_every_change() -> None:
    first = {
        "caller_id": "Caller 3765",
        "category": "Category 53",
        "subcategory": "Subcategory 168",
        "u_symptom": "Symptom 232",
        "contact_type": "Phone",
        "location": "Location 93",
        "problem_id": "Problem ID  2 ",
    }
    assert document(
        row("INC1", OPENED, "29/2/2016 07:26", "New", assignment_group="Group 70", **first),
        row("INC1", OPENED, "29/2/2016 07:29", "New", assignment_group="Group 70", **first | {"impact": "1 - High"}),
        row("INC1", OPENED, "29/2/2016 15:51", "Resolved", assignment_group="Group 70", impact="1 - High"),
        row("INC1", OPENED, "1/3/2016 10:00", "Awaiting Evidence", assignment_group="Group 23", rfc="CHG0000097"),
    ) == {
        "key": "INC1",
        "registered_at": "2016-02-29T06:58:00Z",
        "values": {
            "impact": "medium",
            "urgency": "medium",
            "team": "Group 70",
            "assignee": None,
            "caller": "Caller 3765",
            "classification": ["Category 53", "Subcategory 168", "Symptom 232"],
            "channel": "phone",
            "location": "Location 93",
        },
        "links": [{"kind": "problem", "key": "Problem ID  2"}],
        "steps": [
            {"at": "2016-02-29T07:29:00Z", "set": {"impact": "high"}},
            {"at": "2016-02-29T15:51:00Z", "state": "recovered"},
            {
                "at": "2016-03-01T10:00:00Z",
                "state": "pending",
                "reason": "user",
                "set": {"impact": "medium", "team": "Group 23"},
                "links": [{"kind": "rfc", "key": "CHG0000097"}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("updated", "at"),
    [("29/2/2016 07:26", "2016-02-29T07:26:00Z"), ("29/2/2016 05:00", "2016-02-29T06:58:00Z")],
)
def test_the_first_rows_state_is_a_step_at_the_later_of_registration_and_update(updated: str, at: str) -> None:
    assert document(row("A", OPENED, updated, "Active"))["steps"] == [{"at": at, "state": "in_recovery"}]


def test_an_update_without_a_change_is_no_step() -> None:
    steps = document(
        row("A", OPENED, "1/3/2016 09:00", "Active"),
        row("A", OPENED, "1/3/2016 10:00", "Active"),
        row("A", OPENED, "1/3/2016 11:00", "Closed"),
    )["steps"]
    assert [step["at"] for step in steps] == ["2016-03-01T09:00:00Z", "2016-03-01T11:00:00Z"]


def test_what_is_missing_clears_nothing() -> None:
    known = {"assignment_group": "Group 1", "category": "Category 1", "u_symptom": "Symptom 1"}
    steps = document(
        row("A", OPENED, "1/3/2016 10:00", "New", **known),
        row("A", OPENED, "1/3/2016 11:00", "New"),
        row("A", OPENED, "1/3/2016 12:00", "New", **known),
        row("A", OPENED, "1/3/2016 13:00", "New", assignment_group="Group 2", category="Category 2"),
    )["steps"]
    assert steps == [
        {"at": "2016-03-01T13:00:00Z", "set": {"team": "Group 2", "classification": ["Category 2", "Symptom 1"]}}
    ]


def test_a_state_that_says_nothing_keeps_the_one_before() -> None:
    steps = document(
        row("A", OPENED, "1/3/2016 10:00", "-100"),
        row("A", OPENED, "1/3/2016 11:00", "Active"),
        row("A", OPENED, "1/3/2016 12:00", "-100"),
        row("A", OPENED, "1/3/2016 13:00", "Active"),
    )["steps"]
    assert steps == [{"at": "2016-03-01T11:00:00Z", "state": "in_recovery"}]


def test_another_pending_reason_is_a_step_and_the_same_reason_under_another_name_is_none() -> None:
    steps = document(
        row("A", OPENED, "1/3/2016 10:00", "Awaiting User Info"),
        row("A", OPENED, "1/3/2016 11:00", "Awaiting Evidence"),
        row("A", OPENED, "1/3/2016 12:00", "Awaiting Vendor"),
    )["steps"]
    assert [(step["state"], step["reason"]) for step in steps] == [("pending", "user"), ("pending", "supplier")]


def test_a_link_is_told_once() -> None:
    steps = document(
        row("A", OPENED, "1/3/2016 10:00", "New", rfc="CHG1"),
        row("A", OPENED, "1/3/2016 11:00", "New", rfc="CHG2"),
        row("A", OPENED, "1/3/2016 12:00", "New", rfc="CHG1"),
        row("A", OPENED, "1/3/2016 13:00", "New", caused_by="CHG1"),
    )["steps"]
    assert [step["links"] for step in steps] == [
        [{"kind": "rfc", "key": "CHG2"}],
        [{"kind": "caused_by", "key": "CHG1"}],
    ]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"incident_state": "Lost"}, "incident_state 'Lost' is not in the mapping"),
        ({"impact": "4 - None"}, "impact '4 - None' is not in the mapping"),
        ({"sys_updated_at": "31/2/2016 10:00"}, "sys_updated_at '31/2/2016 10:00' is not a time"),
        ({"sys_updated_at": "1/1/1900 10:00"}, "'1/1/1900 10:00' is not a time between the years 1970 and 2"),
        ({"sys_updated_at": "31/12/9999 00:00"}, "'31/12/9999 00:00' is not a time between the years 1970 and 2"),
        ({"sys_updated_at": "1/3/2190 00:00"}, "'1/3/2190 00:00' is not a time between the years 1970 and 2"),
        ({"sys_updated_at": "42430.4166667"}, 'if it is a day number of Excel, the format is "excel"'),
        ({"sys_updated_at": "?"}, "no sys_updated_at"),
        ({"assignment_group": "Group\x00"}, "assignment_group contains a control character"),
        ({"assignment_group": "Group\u202e7"}, "assignment_group contains a control character"),
        ({"assignment_group": "\u200b"}, "assignment_group has no visible character"),
        ({"location": "x" * 201}, "location is longer than 200 characters"),
    ],
)
def test_an_incident_with_an_unusable_row_is_skipped_whole_and_its_neighbours_are_not(
    cells: dict[str, str], why: str
) -> None:
    before, skip, after = mapped(
        row("A", OPENED, "1/3/2016 10:00", "New"),
        row("B", OPENED, "1/3/2016 10:00", "New"),
        row("B", OPENED, "1/3/2016 11:00", "Active") | cells,
        row("B", OPENED, "1/3/2016 12:00", "Resolved"),
        row("C", OPENED, "1/3/2016 10:00", "New"),
    )
    assert isinstance(before, History)
    assert isinstance(after, History)
    assert isinstance(skip, Skip)
    assert (skip.key, skip.rows, skip.line) == ("B", 3, 4)
    assert why in skip.why


def test_the_first_reason_of_a_skip_is_the_one_told() -> None:
    (skip,) = mapped(row("A", OPENED, "1/3/2016 10:00", "Lost"), row("?", OPENED, "1/3/2016 11:00", "New"))
    assert isinstance(skip, Skip)
    assert (skip.rows, skip.line, skip.why) == (2, 2, "incident_state 'Lost' is not in the mapping")


def test_a_row_without_a_key_costs_the_incident_before_it() -> None:
    skip, after = mapped(
        row("A", OPENED, "1/3/2016 10:00", "New"),
        row("?", OPENED, "1/3/2016 11:00", "Active"),
        row("A", OPENED, "1/3/2016 12:00", "Resolved"),
        row("B", OPENED, "1/3/2016 12:00", "New"),
    )
    assert isinstance(skip, Skip)
    assert (skip.key, skip.rows, skip.why) == ("A", 3, "no number")
    assert isinstance(after, History)


def test_batches_carry_every_incident_and_skip_and_add_up_to_the_rows() -> None:
    rows = [row(f"I{number}", OPENED, "1/3/2016 10:00", "New" if number % 5 else "Lost") for number in range(21)]
    made = list(batches(mapped(*rows), 4))
    assert [len(batch.histories) for batch in made] == [4, 4, 4, 4]
    assert sum(len(batch.skips) for batch in made) == 5
    assert sum(batch.rows for batch in made) == 21
    sent = json.loads(made[0].body("uci"))
    assert sent["source"] == "uci"
    assert sent["incidents"] == [history.document for history in made[0].histories]
    assert [one["key"] for one in sent["incidents"]] == ["I1", "I2", "I3", "I4"]


def test_a_batch_is_no_larger_than_asked_and_a_larger_incident_travels_alone() -> None:
    rows = [row(f"I{number}", OPENED, "1/3/2016 10:00", "New") for number in range(6)]
    one = len(next(iter(batches(mapped(*rows), 1))).histories[0].body)
    assert [len(batch.histories) for batch in batches(mapped(*rows), 100, 2 * one)] == [2, 2, 2]
    assert [len(batch.histories) for batch in batches(mapped(*rows), 100, one - 1)] == [1] * 6


def figures(one: list[History]) -> dict[str, Any]:
    """What the neutral form says about states, teams and severity, counted without the rows."""
    levels: Counter[tuple[str, str]] = Counter()
    changes: Counter[str] = Counter()
    handovers = paused = 0
    for history in one:
        state, values, met = "registered", dict(history.document["values"]), set()
        for step in history.document["steps"]:
            before = state
            if "state" in step:
                state = ":".join(filter(None, (step["state"], step.get("reason"))))
                changes[f"{before} -> {state}"] += 1
                met.add(state)
            team = step.get("set", {}).get("team")
            handovers += bool(team and values["team"])
            values |= step.get("set", {})
        paused += "pending:user" in met
        levels[values["impact"], values["urgency"]] += 1
    return {
        "incidents": len(one),
        "events": sum(history.rows for history in one),
        "handovers": handovers,
        "incidents_paused_for_user": paused,
        "P1": levels["high", "high"],
        "P2": levels["high", "medium"] + levels["medium", "high"],
        "state_changes": dict(sorted(changes.items())),
    }


SOURCES = ["generated", "real"] if os.environ.get("ZEVEN_TEST_HISTORY") else ["generated"]


@pytest.mark.parametrize("source", SOURCES)
def test_the_neutral_form_holds_the_figures_of_the_whole_file(source: str, tmp_path: Path) -> None:
    if source == "real":
        folder = Path(os.environ["ZEVEN_TEST_HISTORY"])
        (log,) = folder.glob("*.csv.gz")
        known = json.loads((folder / "expected.json").read_text())
    else:
        log = tmp_path / "demo.csv.gz"
        write(log)
        known = expected(log)
    with map_file(log, UCI) as found:
        assert found.rows == known["events"]
        counted = figures([history for history in found if isinstance(history, History)])
    assert counted == {name: known.get(name, known["by_priority"].get(name)) for name in counted}
