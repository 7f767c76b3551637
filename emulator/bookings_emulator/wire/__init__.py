"""The planes: they turn HTTP requests into calls, and answers into HTTP responses."""
