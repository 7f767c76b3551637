"""OData queries: the options of a URL read, checked against the contract, and applied to rows."""
