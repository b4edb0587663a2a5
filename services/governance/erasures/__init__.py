"""Erasures: a retired person's name, addresses and texts go, in every service; figures and the chain of events stay."""
