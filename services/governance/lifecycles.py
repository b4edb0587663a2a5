"""The lifecycle that parties, people, teams and service accounts share: nothing is deleted, it is retired."""

from shared.contracts.roles import ADMINISTRATOR
from shared.lifecycle import Lifecycle, Move

ACTIVE, RETIRED = "active", "retired"

RETIREMENT = Lifecycle(
    "record",
    ACTIVE,
    (
        Move("retire", (ACTIVE,), RETIRED, roles=(ADMINISTRATOR,)),
        Move("reactivate", (RETIRED,), ACTIVE, roles=(ADMINISTRATOR,)),
    ),
)
