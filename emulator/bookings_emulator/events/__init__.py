"""Who is notified when something happens."""
