"""What is stored: rows in memory, and the fixtures they start from."""
