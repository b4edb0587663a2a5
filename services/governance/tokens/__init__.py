"""Access tokens and the refresh tokens that continue them."""
