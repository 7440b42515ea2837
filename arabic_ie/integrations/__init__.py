"""Optional parts that join the library with others; each needs its own extra."""
