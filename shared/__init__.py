"""The kernel that every service uses: it depends on no service and, except in `contracts`, on no kind of record."""
