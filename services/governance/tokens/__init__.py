"""Access tokens, and the refresh tokens that renew them."""
