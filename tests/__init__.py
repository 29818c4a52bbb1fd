"""The tests; the folders mirror the package, `house` holds its plan and its budgets."""
