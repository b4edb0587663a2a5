"""Parties: organisations that ask for services, provide them, or supply to the provider."""
