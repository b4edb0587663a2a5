"""Two invented services on which the kernel is tried: `counter` takes parcels in, `rounds` delivers what it hears of."""

#: the exit code of a process that ended itself at the step that a test named
KILLED = 9
