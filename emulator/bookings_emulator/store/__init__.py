"""What is remembered: rows in memory, and the fixtures they start from."""
