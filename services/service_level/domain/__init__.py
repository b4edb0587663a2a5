"""The rules of agreements and clocks: pure functions over facts, without database, network or wall clock."""
