"""One call between a plane and the store: authorized, validated, decided, applied, published and shaped."""
