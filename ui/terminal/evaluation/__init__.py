"""``sanad eval`` in the terminal: what to ask, the tables of a report, the trace of a question."""
