"""The rules of clocks, pure: the same observations in any order of arrival give the same clocks."""
