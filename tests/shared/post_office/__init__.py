"""Two invented services to test the kernel: `counter` registers parcels, `rounds` delivers the parcels of its events."""

#: the exit code of a process that ended itself at the step that a test named
KILLED = 9
