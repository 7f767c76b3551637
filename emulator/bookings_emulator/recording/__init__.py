"""What was exchanged with a server, made into files: a fixture and a scenario, without what is private."""
