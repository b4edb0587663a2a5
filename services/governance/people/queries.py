"""Queries about people, and writes that a unique constraint may refuse."""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.governance import access
from services.governance.models import Person
from shared.errors import Refusal
from shared.records import Noun
from shared.unit_of_work import Work

PEOPLE = Noun(Person, "person", access.READ_PEOPLE)

_TEAMS = text("""
UPDATE person SET team_ids = ARRAY(
  SELECT team.id FROM team WHERE team.state = 'active' AND team.member_ids @> ARRAY[person.id] ORDER BY team.id
) WHERE person.id IN (SELECT id FROM person WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE)
""")


async def follow_teams(work: Work, ids: Collection[UUID]) -> None:
    """Update `team_ids` of these people to the active teams that they belong to now."""
    if ids:
        await work.flush()
        await work.session.execute(_TEAMS, {"ids": list(ids)})


async def flush_unique(work: Work, refusals: Mapping[str, Callable[[], Refusal]]) -> None:
    """Flush pending writes; raises the refusal of a unique constraint when another request was first."""
    try:
        await work.flush()
    except IntegrityError as error:
        for constraint, refusal in refusals.items():
            if f'"{constraint}"' in str(error.orig):
                raise refusal() from None
        raise
