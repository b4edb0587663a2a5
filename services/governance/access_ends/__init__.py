"""When access ends: tokens that were issued before are refused."""
