"""Dated news: events, sets of events, and the files they come in."""
