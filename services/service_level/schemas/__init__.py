"""What clients send to service level management and see of it, by noun."""
