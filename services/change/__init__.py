"""Change (wijzigen): takes requests for change in, plans, authorises, tests and implements what they ask for."""
