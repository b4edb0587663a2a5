"""Agreements for parties and services, in versions."""
