"""Stubs: fixed stubs for the rest of Graph, made by a test or ready from personas and staff."""
