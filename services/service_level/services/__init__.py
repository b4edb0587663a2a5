"""The services that the provider offers or offered."""
