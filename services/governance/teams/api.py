"""Teams over HTTP."""

from services.governance import access
from services.governance.lifecycles import RETIREMENT
from services.governance.teams import commands
from services.governance.teams.queries import TEAMS
from services.governance.teams.schemas import ChangeTeam, RegisterTeam, TeamPage, TeamQuery, TeamView
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.http.writing import mount_correcting, mount_registering

router = strict(tags=["teams"])
ADDRESS, ACT = "/teams/{team_id}", access.ADMINISTER

mount_registering(router, ADDRESS, TEAMS, RegisterTeam, TeamView, commands.register_team, act=ACT)
mount_reading(router, ADDRESS, TEAMS, TeamView, TeamPage, TeamQuery)
mount_correcting(router, ADDRESS, TEAMS, ChangeTeam, TeamView, commands.change_team, act=ACT)
mount_retirement(router, ADDRESS, TEAMS, TeamView, commands.move_team, lifecycle=RETIREMENT, act=ACT)
