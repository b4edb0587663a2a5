"""The change calendar: the windows of planned changes."""
