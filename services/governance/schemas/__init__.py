"""What clients of governance send and see, by noun."""
