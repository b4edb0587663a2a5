"""Agreements are created, amended, ended and chosen by their rules."""
