"""Two invented services on which the kernel is tried: `counter` takes parcels in, `rounds` delivers what it hears of."""
