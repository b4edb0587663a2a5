"""Calls: how people come in."""
