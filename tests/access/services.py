"""The tables of all services in the test of access."""

from tests.access import of_change, of_governance, of_incident, of_knowledge, of_service_level

TABLES = [module.TABLE for module in (of_incident, of_change, of_knowledge, of_service_level, of_governance)]
