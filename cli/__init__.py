"""The command `zeven`: a client of the public API and of nothing behind it."""
