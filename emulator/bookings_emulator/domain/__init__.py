"""What Bookings does: pure functions from a read-only state and a request to an outcome."""
