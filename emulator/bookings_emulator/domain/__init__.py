"""What Bookings does: pure functions from a read-only state and an ask to an outcome."""
