"""The composed containers, tested from outside: through the gateway, and with Docker commands."""
