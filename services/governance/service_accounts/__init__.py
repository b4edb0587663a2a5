"""Service accounts: programs that sign in by themselves."""
