"""Turns recorded traffic with a server into a fixture and a scenario, without private data."""
