"""Benchmarks: `make bench` runs them; they measure and print, they do not judge."""
