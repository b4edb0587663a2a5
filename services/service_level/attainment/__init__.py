"""How far the agreed targets were attained, in groups."""
