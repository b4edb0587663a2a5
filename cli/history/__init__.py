"""A foreign system's incident history, read and mapped to the neutral form that `POST /incident/v1/imports` takes.

Nothing here speaks to a server: a file and a mapping go in, batches of incidents and skips with their reasons come out.
"""

from cli.history.errors import HistoryUnreadable, MappingInvalid
from cli.history.incidents import Batch, History, Skip, batches, count_rows, histories, read_histories
from cli.history.mapping import Mapping, load_mapping
from cli.history.reading import Row, read_rows

__all__ = [
    "Batch",
    "History",
    "HistoryUnreadable",
    "Mapping",
    "MappingInvalid",
    "Row",
    "Skip",
    "batches",
    "count_rows",
    "histories",
    "load_mapping",
    "read_histories",
    "read_rows",
]
