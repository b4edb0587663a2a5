"""Simulations: other agreements on the incidents of the past."""
