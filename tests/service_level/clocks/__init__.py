"""Clocks are measured, announced and shown as the rules of service levels say."""
