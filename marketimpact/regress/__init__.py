"""Event regressions: dated news and surprises as regressors of moves."""
