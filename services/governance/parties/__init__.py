"""Parties: organisations that use services, provide them, or supply to the provider."""
