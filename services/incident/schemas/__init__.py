"""What clients send to incident and see of it."""
