"""Governance: who belongs to which party and team, who may do what, and the tokens that say so."""
