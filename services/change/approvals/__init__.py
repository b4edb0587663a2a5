"""Approvals: who must approve the plan of a change, and what was answered."""
