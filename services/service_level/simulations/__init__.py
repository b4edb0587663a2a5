"""Other agreements tried on what really happened."""
