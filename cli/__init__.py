"""The command `zeven`: a client that uses only the public API."""
