"""The kernel under every service: it knows no service and, contracts excepted, no noun of the method."""
