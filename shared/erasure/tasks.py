"""The erasures that a service knows of, for an operator who restored a backup: what is missing here must be repeated."""

from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Select, select

from shared.erasure.stored import TASK
from shared.records import ListQuery, Page
from shared.records.lists import Listing
from shared.unit_of_work import Work


class TaskQuery(ListQuery):
    """The erasures of a service, the newest first unless another order is requested."""

    sort: Literal["created_at", "-created_at"] = "-created_at"


def _source(view: type[BaseModel]) -> Select[Any]:
    return select(*(TASK.c[name] for name in view.model_fields))


TASKS = Listing("erasure_task", _source)


async def list_tasks(work: Work, query: TaskQuery, view: type[BaseModel]) -> Page:
    """A page of them, each as JSON text with the fields of `view`."""
    return await TASKS.page(work, query, view, {})
