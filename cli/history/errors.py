"""Why a history cannot be read, with the place in the file."""

from pathlib import Path


class HistoryUnreadable(Exception):
    """The file cannot be read to its end: `file`, `line` (None when the fault is not in one line) and `why`."""

    def __init__(self, file: Path | str, line: int | None, why: str) -> None:
        self.file = Path(file)
        self.line = line
        self.why = why
        where = f"{self.file}, line {line}" if line is not None else f"{self.file}"
        super().__init__(f"{where}: {why}")


class MappingInvalid(Exception):
    """The mapping is unknown or not valid: `mapping` and `why`."""

    def __init__(self, mapping: str, why: str) -> None:
        self.mapping = mapping
        self.why = why
        super().__init__(f"mapping {mapping}: {why}")


class RowRefused(Exception):
    """A row has a value that cannot be imported; the text is the reason, without the line."""
