"""The composed containers, tried from outside: over the gateway, and with Docker's own words."""
