"""Axes in, axes out: a plot draws what its data twin returns, and computes no statistic."""
