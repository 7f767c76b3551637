"""OData queries: parses the options of a URL, checks them against the contract, and applies them to rows."""
