"""The rules of change as tables, without a framework: lifecycles, approvals, tests, the calendar."""
