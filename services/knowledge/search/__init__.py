"""The search over what is current."""
