"""People: somebody of a party, who may sign in with a username and a password."""
