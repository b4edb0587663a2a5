"""Test runs: what was tested of a change, and how it ended."""
