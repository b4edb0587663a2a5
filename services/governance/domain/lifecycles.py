"""The lifecycle that parties, people, teams and service accounts share: nobody is deleted, whoever goes is retired."""

from typing import Literal

from shared.contracts.roles import ADMINISTRATOR
from shared.lifecycle import Lifecycle, Move

ActivityState = Literal["active", "retired"]
ACTIVE, RETIRED = "active", "retired"

ACTIVITY = Lifecycle(
    "record",
    ACTIVE,
    (
        Move("retire", (ACTIVE,), RETIRED, roles=(ADMINISTRATOR,)),
        Move("reactivate", (RETIRED,), ACTIVE, roles=(ADMINISTRATOR,)),
    ),
)
