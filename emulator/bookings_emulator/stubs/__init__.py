"""Stubs: fixed responses for the rest of Graph, added by a test or built in from personas and staff."""
