"""The pytest plugin: a new tenant for every test that requests one."""
