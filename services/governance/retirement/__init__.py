"""Retiring and reactivating, which parties, people, teams and service accounts have in common."""
