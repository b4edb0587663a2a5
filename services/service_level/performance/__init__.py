"""The figures of the incidents of a period."""
