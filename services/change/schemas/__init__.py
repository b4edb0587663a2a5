"""What clients of change send and see."""
