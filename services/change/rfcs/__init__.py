"""Requests for change: what people and other processes ask for."""
