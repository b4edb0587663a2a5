"""What clients of knowledge send and see."""
