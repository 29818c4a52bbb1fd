"""Pages for readers who do not code: one picture an event, or many on one sheet."""
