"""Questions that citizens asked: the log, votes, misses and what is decided about them, one person's data."""
