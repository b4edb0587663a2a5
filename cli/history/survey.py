"""What a file contains that its mapping does not read: values without a translation, and further columns with times."""

from collections import Counter

from cli.history.mapping import Mapping
from cli.history.reading import Row
from cli.history.times import time_reader

SAMPLE = 1000
"""Rows in which columns with times are looked for."""

MOST_VALUES = 1000
"""Values without a translation that are remembered; a column with more of them is the wrong column."""


class Survey:
    """Looks at every row: `unmapped` counts the rows by column and value that the mapping lacks."""

    def __init__(self, mapping: Mapping) -> None:
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self._mapping = mapping
        self._rows = 0
        self._read_time = time_reader(mapping.formats, mapping.zone)
        self._candidates: set[str] | None = None
        self._with_times: set[str] = set()

    def add(self, row: Row) -> None:
        """Look at the next row."""
        if row.fault is not None:
            return
        for column, permitted in self._mapping.permitted:
            text = row.cells[column]
            if text not in permitted and text.strip() not in permitted:
                value = (column, text.strip())
                if value in self.unmapped or len(self.unmapped) < MOST_VALUES:
                    self.unmapped[value] += 1
        if self._rows < SAMPLE:
            self._rows += 1
            self._look_for_times(row)

    @property
    def columns_with_times(self) -> list[str]:
        """The columns that the mapping does not read and in which every value is a time."""
        return sorted(self._with_times & (self._candidates or set()))

    def _look_for_times(self, row: Row) -> None:
        if self._candidates is None:
            self._candidates = {name for name in row.cells if name and name not in self._mapping.columns}
        for column in list(self._candidates):
            text = row.cells.get(column, "").strip()
            if text in self._mapping.missing:
                continue
            try:
                self._read_time(text)
                self._with_times.add(column)
            except ValueError:
                self._candidates.discard(column)
