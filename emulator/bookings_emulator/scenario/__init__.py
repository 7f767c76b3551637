"""Scenarios: situations with the steps and expectations that prove them, read from files and played on a server."""
