"""What was delivered, and what other agreements would have made of it."""
