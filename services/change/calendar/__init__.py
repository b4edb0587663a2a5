"""The change calendar: whose window lies where."""
