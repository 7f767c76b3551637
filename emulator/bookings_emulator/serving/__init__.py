"""How a process serves: listening sockets, uvicorn's server, the short way of whole requests, garbage collection."""
