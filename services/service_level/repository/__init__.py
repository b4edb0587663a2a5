"""Every query of service level management, by noun."""
