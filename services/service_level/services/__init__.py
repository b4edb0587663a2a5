"""The services that are offered, or were."""
