"""The jobs that knowledge runs at intervals."""

from datetime import timedelta
from functools import partial

from services.knowledge.search.commands import sum_words
from shared.runtime import Job

JOBS = (Job("sum_words", timedelta(minutes=1), partial(sum_words, limit=10_000)),)
