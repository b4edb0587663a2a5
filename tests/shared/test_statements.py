"""Statements are compiled once: values are sent with every call, and never cached."""

import pytest
from sqlalchemy import Column, MetaData, Table, Text, Uuid, bindparam, select

from shared.statements import Statement, as_json

THING = Table("thing", MetaData(), Column("id", Uuid), Column("owner", Text), Column("kind", Text))


def test_named_values_come_in_the_order_of_the_sql_and_constants_stay() -> None:
    query = select(THING.c.id).where(
        THING.c.owner == bindparam("owner"), THING.c.kind == "lamp", THING.c.id == bindparam("id")
    )
    statement = Statement(query)
    assert statement.values({"id": 1, "owner": "ann"}) == ["ann", "lamp", 1]
    assert statement.values({"owner": "ben", "id": 2}) == ["ben", "lamp", 2]


def test_a_named_value_is_never_taken_from_the_query_that_was_compiled() -> None:
    statement = Statement(select(THING.c.id).where(THING.c.owner == bindparam("owner", "ann")))
    with pytest.raises(KeyError, match="owner"):
        statement.values({})


def test_columns_beside_the_text_are_those_of_the_same_row() -> None:
    sql_text = Statement(as_json(select(THING.c.id, THING.c.kind), "kind")).sql
    assert sql_text.count("FROM thing") == 1
