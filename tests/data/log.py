"""Logs written by hand: rows in the layout of the public log; fields that a test does not name are missing."""

import csv
from collections.abc import Iterable
from pathlib import Path

COLUMNS = (
    "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_by,opened_at,"
    "sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,location,category,subcategory,u_symptom,"
    "cmdb_ci,impact,urgency,priority,assignment_group,assigned_to,knowledge,u_priority_confirmation,notify,problem_id,"
    "rfc,vendor,caused_by,closed_code,resolved_by,resolved_at,closed_at"
)
HEADER = tuple(COLUMNS.split(","))


def row(number: str, opened: str, updated: str, state: str, **cells: str) -> dict[str, str]:
    """One update, of medium impact and urgency unless `cells` says otherwise."""
    named = {"number": number, "opened_at": opened, "sys_updated_at": updated, "incident_state": state}
    levels = {"impact": "2 - Medium", "urgency": "2 - Medium"}
    return dict.fromkeys(HEADER, "?") | levels | named | cells


def write_log(path: Path, rows: Iterable[dict[str, str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, HEADER, delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    return path
