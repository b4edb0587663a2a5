"""What was agreed: for whom, for which service, and in versions."""
