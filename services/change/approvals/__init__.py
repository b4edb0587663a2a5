"""Approvals: who must approve the plan of a change, and the answers."""
