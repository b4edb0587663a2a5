"""Errors of the embedded database; each message says what to do."""

from pathlib import Path


class PostgresDidNotStart(RuntimeError):
    """The server or one of its programs ended or took too long; the message carries the last lines of its log."""


class DataFolderInUse(RuntimeError):
    """Another process is the host of this data folder."""

    def __init__(self, data: Path, pid: str) -> None:
        super().__init__(
            f"The data folder {data} is in use by process {pid or 'unknown'}. "
            "Stop that process, or set ZEVEN_DATA to another folder."
        )


class DataFolderUnreachable(RuntimeError):
    """The account that has to run the server cannot use this data folder."""
