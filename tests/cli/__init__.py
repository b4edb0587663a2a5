"""The command line against a platform that only pretends: every command, and what it says when things go wrong."""
