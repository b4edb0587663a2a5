"""The rules of governance, free of database, web and clock."""
