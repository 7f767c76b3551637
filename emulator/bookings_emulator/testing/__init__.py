"""The pytest plugin: a fresh tenant for every test that asks for one."""
