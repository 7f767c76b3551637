"""One call between a plane and the store: authorize, validate, decide, apply, publish, shape."""
