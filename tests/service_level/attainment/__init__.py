"""How far targets were attained, in groups."""
