"""Who is told when something happens."""
