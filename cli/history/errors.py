"""Why a history cannot be read, in words that tell its owner where to look."""

from pathlib import Path


class HistoryUnreadable(Exception):
    """The file as a whole cannot be taken: `file`, `line` (None where no line is to blame) and `why`."""

    def __init__(self, file: Path | str, line: int | None, why: str) -> None:
        self.file = Path(file)
        self.line = line
        self.why = why
        where = f"{self.file}, line {line}" if line is not None else f"{self.file}"
        super().__init__(f"{where}: {why}")


class MappingInvalid(Exception):
    """The mapping is unknown or says something that cannot be done: `mapping` and `why`."""

    def __init__(self, mapping: str, why: str) -> None:
        self.mapping = mapping
        self.why = why
        super().__init__(f"mapping {mapping}: {why}")


class RowRefused(Exception):
    """A row says something that its incident cannot be imported with; the text is the reason, without the line."""
