"""A sample of mutants: one place of the program changed at a time, to see whether a test notices."""
