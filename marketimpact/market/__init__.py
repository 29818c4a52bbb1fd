"""What is traded: instruments, panels of their quotes, snapshots and calendars. Never an event."""
