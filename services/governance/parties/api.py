"""Parties over HTTP."""

from services.governance import access
from services.governance.lifecycles import RETIREMENT
from services.governance.parties import commands
from services.governance.parties.queries import PARTIES
from services.governance.parties.schemas import ChangeParty, PartyPage, PartyQuery, PartyView, RegisterParty
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.http.writing import mount_correcting, mount_registering

router = strict(tags=["parties"])
ADDRESS, ACT = "/parties/{party_id}", access.ADMINISTER

mount_registering(router, ADDRESS, PARTIES, RegisterParty, PartyView, commands.register_party, act=ACT)
mount_reading(router, ADDRESS, PARTIES, PartyView, PartyPage, PartyQuery)
mount_correcting(router, ADDRESS, PARTIES, ChangeParty, PartyView, commands.change_party, act=ACT)
mount_retirement(router, ADDRESS, PARTIES, PartyView, commands.move_party, lifecycle=RETIREMENT, act=ACT)
