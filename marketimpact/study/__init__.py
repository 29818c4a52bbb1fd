"""The event study: specification, run, result."""
