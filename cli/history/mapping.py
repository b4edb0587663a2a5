"""How another system's history maps to Zeven: read from a TOML file, and checked before the first row is read."""

import string
import tomllib
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cli.history.errors import MappingInvalid

SUPPLIED = Path(__file__).parent.parent / "mappings"
FIELDS = ("impact", "urgency", "team", "assignee", "caller", "classification", "channel", "location")
LEVELS = ("high", "medium", "low")
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
EARLIEST_YEAR = 1970
COLUMNS = ("key", "registered_at", "changed_at", "state")
SECTIONS = ("source", "delimiter", "missing", "time", "columns", "values", "links", "states", "tables")


@dataclass(frozen=True)
class Mapping:
    """A checked mapping.

    `values` has the columns per field, `states` a state or `pending:reason` per foreign state (None: the state does not
    change), `tables` the permitted foreign values per field.
    """

    source: str
    delimiter: str
    missing: frozenset[str]
    time_format: str
    zone: ZoneInfo
    key: str
    registered_at: str
    changed_at: str
    state: str
    values: Table[str, tuple[str, ...]]
    links: Table[str, str]
    states: Table[str, str | None]
    tables: Table[str, Table[str, str]]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the file must have."""
        named = [self.key, self.registered_at, self.changed_at, self.state, *self.links.values()]
        return tuple(dict.fromkeys(named + [column for columns in self.values.values() for column in columns]))

    def time_reader(self) -> Callable[[str], datetime]:
        """A function from text to time in UTC; it caches its results, because the same times occur many times.

        It raises `ValueError` for a text that is not such a time or is before 1970. A local time that exists twice
        because of a clock change is the first of the two.
        """

        @lru_cache(maxsize=8192)
        def read_time(text: str) -> datetime:
            read = datetime.strptime(text, self.time_format)  # noqa: DTZ007 - the next line adds a missing zone
            aware = read if read.tzinfo else read.replace(tzinfo=self.zone)
            if aware.year < EARLIEST_YEAR:
                raise ValueError(text)
            return aware.astimezone(UTC)

        return read_time


def load_mapping(name: str) -> Mapping:
    """The mapping called `name`, or the one in the file `name` when that is a path or ends in .toml.

    Raises `MappingInvalid` when there is none, or when it names a field, state or reason that Zeven does not have.
    """
    supplied = sorted(file.stem for file in SUPPLIED.glob("*.toml"))
    path = SUPPLIED / f"{name}.toml" if name in supplied else Path(name)
    if name not in supplied and path.suffix != ".toml" and not path.is_file():
        raise MappingInvalid(name, f"unknown; there are {', '.join(supplied)}, or give the path of a .toml file")
    try:
        text = path.read_text(encoding="utf-8")
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
    time, columns = _texts(given, "time"), _texts(given, "columns")
    _only(time, ("format", "zone"), "[time]")
    _only(columns, COLUMNS, "[columns]")
    lacking = [name for name in COLUMNS if name not in columns]
    if lacking:
        raise _Wrong(f"[columns] lacks {', '.join(lacking)}")
    values = given.get("values", {})
    if not isinstance(values, dict):
        raise _Wrong("[values] is not a table")
    _only(values, FIELDS, "[values]")
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
    return Mapping(
        source=source.strip(),
        delimiter=delimiter,
        missing=frozenset({"", *missing}),
        time_format=_time_format(time),
        zone=_zone(time.get("zone", "UTC")),
        **{name: columns[name] for name in COLUMNS},
        values={field: tuple(_columns_of(field, named)) for field, named in values.items()},
        links=_texts(given, "links"),
        states={foreign: None if state == UNCHANGED else state for foreign, state in states.items()},
        tables=_tables(given),
    )


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
    yield from named


def _time_format(time: dict[str, str]) -> str:
    form = time.get("format")
    if not form:
        raise _Wrong("[time] lacks format, such as %d/%m/%Y %H:%M")
    moment = datetime(2001, 2, 3, 4, 5, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(form), form).replace(tzinfo=UTC)
    except ValueError as fault:
        raise _Wrong(f"[time] format: {fault}") from None
    if read != moment:
        raise _Wrong(f"[time] format {form!r} must have year, month, day, hour and minute, such as %d/%m/%Y %H:%M")
    return form


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _Wrong(f"[time] zone {name!r} is unknown") from None


def _tables(given: dict[str, Any]) -> dict[str, dict[str, str]]:
    tables = given.get("tables", {})
    if not isinstance(tables, dict):
        raise _Wrong("[tables] is not a table")
    _only(tables, FIELDS, "[tables]")
    checked = {field: _texts(tables, field) for field in tables}
    for field in ("impact", "urgency"):
        for foreign, level in checked.get(field, {}).items():
            if level not in LEVELS:
                raise _Wrong(f"[tables.{field}] {foreign!r}: {level!r} is not one of {', '.join(LEVELS)}")
    return checked
