"""The command line against a fake platform: every command, and its messages when things go wrong."""
