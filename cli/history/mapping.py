"""How another system's history maps to Zeven: read from a TOML file, and checked before the first row is read."""

import codecs
import string
import tomllib
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.history.errors import MappingInvalid
from cli.history.reading import UTF_8
from cli.history.times import check_format

SUPPLIED = Path(__file__).parent.parent / "mappings"
IDS = ("service_id", "party_id", "team_id", "caller_id")
"""The fields that name records of Zeven; a table gives the id of each."""

FIELDS = (
    *("impact", "urgency", "priority", "title", "description", "team", "assignee", "caller", "classification"),
    *("channel", "location", *IDS),
)
LEVELS = ("high", "medium", "low")
VALUES = {"priority": ("P1", "P2", "P3", "P4"), "impact": LEVELS, "urgency": LEVELS}
"""The fields that take these values only."""

PENDING_REASONS = ("user", "supplier", "change", "operation", "problem")
STATES = (
    "registered",
    "classified",
    "assigned",
    "in_recovery",
    *(f"pending:{reason}" for reason in PENDING_REASONS),
    "recovered",
    "closed",
    "rerouted",
    "cancelled",
)
UNCHANGED = "unchanged"
COLUMNS = ("key", "registered_at", "changed_at", "state")
MOST_LINKS = 50
MOST_CLASSES = 10
SECTIONS = (
    *("source", "delimiter", "encoding", "missing", "time", "columns", "moments", "values", "links", "states"),
    "tables",
)


@dataclass(frozen=True)
class Mapping:
    """A checked mapping.

    `moments` has the column per state, in the order of a lifecycle, of a file with one row per incident; it is empty for
    a log, which always has `changed_at` and `state`. `values` has the columns per field, `states` a state or
    `pending:reason` per foreign state (None: the state does not change), `tables` the permitted foreign values per field.
    """

    source: str
    delimiter: str
    encoding: str
    missing: frozenset[str]
    formats: tuple[str, ...]
    zone: ZoneInfo
    key: str
    registered_at: str
    changed_at: str | None
    state: str | None
    moments: Table[str, str]
    values: Table[str, tuple[str, ...]]
    links: Table[str, str]
    states: Table[str, str | None]
    tables: Table[str, Table[str, str]]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that the file must have."""
        named = [
            self.key,
            self.registered_at,
            self.changed_at,
            self.state,
            *self.moments.values(),
            *self.links.values(),
        ]
        named += [column for columns in self.values.values() for column in columns]
        return tuple(dict.fromkeys(column for column in named if column is not None))

    @cached_property
    def permitted(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """The columns that take only certain values, each with these values."""
        found = [(self.state, frozenset(self.states))] if self.state is not None else []
        for field, columns in self.values.items():
            known: Iterable[str] | None = self.tables.get(field, VALUES.get(field))
            found += [(column, frozenset(known)) for column in columns if known is not None]
        return tuple((column, known | self.missing) for column, known in found)


def load_mapping(name: str) -> Mapping:
    """The mapping called `name`, or the one in the file `name` when that is a path or ends in .toml.

    Raises `MappingInvalid` when there is none, or when it names a field, state or reason that Zeven does not have.
    """
    supplied = sorted(file.stem for file in SUPPLIED.glob("*.toml"))
    path = SUPPLIED / f"{name}.toml" if name in supplied else Path(name)
    if name not in supplied and path.suffix != ".toml" and not path.is_file():
        raise MappingInvalid(name, f"unknown; there are {', '.join(supplied)}, or give the path of a .toml file")
    try:
        # in NFC, as the rows are; Windows' editors write a byte order mark
        text = normalize("NFC", path.read_text(encoding="utf-8-sig"))
        return _checked(tomllib.loads(text))
    except OSError as refusal:
        raise MappingInvalid(name, refusal.strerror or str(refusal)) from None
    except UnicodeDecodeError:
        raise MappingInvalid(name, "the file is not UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise MappingInvalid(name, f"not valid TOML: {fault}") from None
    except _Wrong as fault:
        raise MappingInvalid(name, str(fault)) from None


class _Wrong(Exception):
    """A fault, raised in functions that do not get the name of the mapping."""


def _checked(given: dict[str, Any]) -> Mapping:
    _only(given, SECTIONS, "the mapping")
    values = given.get("values", {})
    if not isinstance(values, dict):
        raise _Wrong("[values] is not a table")
    _only(values, FIELDS, "[values]")
    if lacking := [field for field in IDS if field in values and field not in given.get("tables", {})]:
        raise _Wrong(f"[tables] lacks {', '.join(lacking)}: which record of Zeven each value is")
    states = _texts(given, "states")
    for foreign, state in states.items():
        if state not in (*STATES, UNCHANGED):
            raise _Wrong(f"[states] {foreign!r}: {state!r} is not one of {', '.join(STATES)}, {UNCHANGED}")
    missing = given.get("missing", [])
    if not isinstance(missing, list) or not all(isinstance(marker, str) for marker in missing):
        raise _Wrong("missing is not a list of texts")
    delimiter = given.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in string.ascii_letters + '\r\n"':
        raise _Wrong("delimiter is not a single character that may separate cells")
    source = given.get("source")
    if not isinstance(source, str) or not source.strip():
        raise _Wrong("source is missing: the name under which the foreign numbers are stored")
    links = _texts(given, "links")
    if len(links) > MOST_LINKS:
        raise _Wrong(f"[links] has more than {MOST_LINKS} columns")
    formats, zone = _time(given.get("time", {}))
    return Mapping(
        source=source.strip(),
        delimiter=delimiter,
        encoding=_encoding(given.get("encoding", UTF_8)),
        missing=frozenset({"", *(marker.strip() for marker in missing)}),
        formats=formats,
        zone=zone,
        **_columns(_texts(given, "columns"), _texts(given, "moments")),
        values={field: tuple(_columns_of(field, named)) for field, named in values.items()},
        links=links,
        states={foreign.strip(): None if state == UNCHANGED else state for foreign, state in states.items()},
        tables=_tables(given),
    )


def _columns(columns: dict[str, str], moments: dict[str, str]) -> dict[str, Any]:
    """The columns of the key, the times and the state; a log may have a single column of times."""
    _only(columns, COLUMNS, "[columns]")
    for state in moments:
        if state not in STATES:
            raise _Wrong(f"[moments] {state!r} is not one of {', '.join(STATES)}")
    registered_at, changed_at = columns.get("registered_at"), columns.get("changed_at")
    if moments:
        if registered_at and "registered" in moments:
            raise _Wrong("the time of registration is named twice: [columns] registered_at and [moments] registered")
        registered_at = registered_at or moments.get("registered")
    else:
        registered_at, changed_at = registered_at or changed_at, changed_at or registered_at
    known = {"key": columns.get("key"), "registered_at": registered_at, "state": columns.get("state")}
    lacking = [name for name, column in known.items() if not column and not (moments and name == "state")]
    if lacking:
        raise _Wrong(f"[columns] lacks {', '.join(lacking)}")
    later = {state: moments[state] for state in STATES[1:] if state in moments}
    return known | {"changed_at": changed_at, "moments": later}


def _only(table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise _Wrong(f"{where} cannot have {', '.join(unknown)}, only {', '.join(known)}")


def _texts(given: dict[str, Any], section: str) -> dict[str, str]:
    table = given.get(section, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise _Wrong(f"[{section}] is not a table of texts")
    return table


def _columns_of(field: str, named: Any) -> Iterator[str]:
    if isinstance(named, str):
        yield named
        return
    if field != "classification" or not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise _Wrong(f"[values] {field} is not a column (only classification may be a list of columns)")
    if len(named) > MOST_CLASSES:
        raise _Wrong(f"[values] classification has more than {MOST_CLASSES} columns")
    yield from named


def _encoding(name: Any) -> str:
    try:
        found = codecs.lookup(name)
        "".encode(name)  # some codecs are not for text
    except (LookupError, TypeError, ValueError):
        raise _Wrong(f"encoding {name!r} is unknown; use utf-8, windows-1252, utf-16 or another one") from None
    return UTF_8 if found.name in (UTF_8, "utf-8-sig") else found.name


def _time(given: Any) -> tuple[tuple[str, ...], ZoneInfo]:
    if not isinstance(given, dict):
        raise _Wrong("[time] is not a table")
    _only(given, ("format", "zone"), "[time]")
    named, zone = given.get("format"), given.get("zone", "UTC")
    formats = tuple(named) if isinstance(named, list) else (named,)
    if not formats or not all(isinstance(form, str) and form for form in formats):
        raise _Wrong("[time] lacks format: %d/%m/%Y %H:%M or alike, a list of such forms, iso, or excel")
    for form in formats:
        if wrong := check_format(form):
            raise _Wrong(f"[time] format: {wrong}")
    try:
        return formats, ZoneInfo(zone)
    except (KeyError, ValueError, OSError, TypeError):
        raise _Wrong(f"[time] zone {zone!r} is unknown") from None


def _tables(given: dict[str, Any]) -> dict[str, dict[str, str]]:
    tables = given.get("tables", {})
    if not isinstance(tables, dict):
        raise _Wrong("[tables] is not a table")
    _only(tables, FIELDS, "[tables]")
    checked = {field: {foreign.strip(): ours for foreign, ours in _texts(tables, field).items()} for field in tables}
    for field in IDS:
        for foreign, value in checked.get(field, {}).items():
            if not _is_id(value):
                raise _Wrong(f"[tables.{field}] {foreign!r}: {value!r} is not an id")
    for field, ours in VALUES.items():
        for foreign, value in checked.get(field, {}).items():
            if value not in ours:
                raise _Wrong(f"[tables.{field}] {foreign!r}: {value!r} is not one of {', '.join(ours)}")
    return checked


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
