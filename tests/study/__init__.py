"""Tests of the study: against statsmodels, reference values, closed forms, and on real rates."""
