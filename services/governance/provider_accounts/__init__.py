"""Accounts of the OpenID Connect provider: whom they belong to, and what their groups mean here."""
