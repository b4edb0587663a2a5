"""Passwords: hashed, verified and set."""
