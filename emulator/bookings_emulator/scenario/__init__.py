"""Scenarios: situations with the steps and expectations that prove them, read from files, played against a server."""
