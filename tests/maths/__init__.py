"""Tests of the arithmetic: they run where numpy, scipy, pytest and hypothesis are installed and pandas is not."""
