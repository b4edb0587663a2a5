"""What was delivered in a period."""
