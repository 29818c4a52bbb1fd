"""Tests of the house itself: floors, budgets, public surface, examples. They read the source, as data."""
