"""Agreements are made, amended, ended and chosen as their rules say."""
