"""Another system's incident history, read and mapped to the neutral form that `POST /incident/v1/imports` takes.

The package sends nothing: it turns a file and a mapping into batches of incidents, and into skips with their reasons.
"""

from cli.history.errors import HistoryUnreadable, MappingInvalid
from cli.history.incidents import Batch, History, Skip, batches
from cli.history.mapped import MappedFile, map_file, read_histories
from cli.history.mapping import Mapping, load_mapping
from cli.history.reading import Row, read_rows

__all__ = [
    "Batch",
    "History",
    "HistoryUnreadable",
    "MappedFile",
    "Mapping",
    "MappingInvalid",
    "Row",
    "Skip",
    "batches",
    "load_mapping",
    "map_file",
    "read_histories",
    "read_rows",
]
