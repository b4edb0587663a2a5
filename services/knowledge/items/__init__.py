"""Knowledge items: what they are, who owns them, and which of their versions is current."""
