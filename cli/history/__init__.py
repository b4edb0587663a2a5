"""Another system's incident history, read and mapped to the neutral form that `POST /incident/v1/imports` takes.

The package sends nothing: it turns a file and a mapping into batches of incidents, and into skips with their reasons.
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
