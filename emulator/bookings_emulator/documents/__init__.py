"""Documents generated from the contract: OpenAPI, the reference, `$metadata`, JSON Schema, and the CSDL comparison."""
