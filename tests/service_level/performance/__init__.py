"""The figures of a period, and what other agreements would have given."""
