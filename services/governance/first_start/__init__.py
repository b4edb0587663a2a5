"""What a fresh platform begins with."""
