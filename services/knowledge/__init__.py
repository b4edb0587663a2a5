"""Knowledge (inform): knowledge items in reviewed versions, found by search and suggested for incidents."""
