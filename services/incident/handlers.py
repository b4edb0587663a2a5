"""What incident does when another process speaks: the table says which command hears which event."""

from services.incident.commands.answers import follow_changes, follow_requests, store_suggestions
from services.incident.commands.copies import copy_items, copy_people, copy_services, copy_teams, keep_told
from shared.contracts import change, governance, knowledge, service_level
from shared.inbox import Handlers

HANDLERS: Handlers = {
    service_level.ServiceRegistered: copy_services,
    service_level.ServiceChanged: copy_services,
    service_level.ClocksStarted: keep_told,
    service_level.ClockAtRisk: keep_told,
    service_level.ClockBreached: keep_told,
    service_level.ClockBreachWithdrawn: keep_told,
    governance.PersonRegistered: copy_people,
    governance.PersonChanged: copy_people,
    governance.TeamRegistered: copy_teams,
    governance.TeamChanged: copy_teams,
    knowledge.KiRegistered: copy_items,
    knowledge.KiSubmitted: copy_items,
    knowledge.KiReturned: copy_items,
    knowledge.KiChanged: copy_items,
    knowledge.KiRetired: copy_items,
    knowledge.SuggestionsFound: store_suggestions,
    change.RfcRegistered: follow_requests,
    change.RfcAccepted: follow_requests,
    change.RfcReturned: follow_requests,
    change.RfcResubmitted: follow_requests,
    change.RfcRejected: follow_requests,
    change.RfcForwarded: follow_requests,
    change.ChangeRegistered: follow_changes,
    change.ChangeImplemented: follow_changes,
    change.ChangeRolledBack: follow_changes,
    change.ChangeRejected: follow_changes,
    change.ChangeCancelled: follow_changes,
    change.ChangeClosed: follow_changes,
}
