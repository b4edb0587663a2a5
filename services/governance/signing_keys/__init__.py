"""Signing keys: generated, encrypted, rotated, published."""
