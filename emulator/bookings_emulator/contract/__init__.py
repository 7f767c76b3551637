"""What the API is: facts as TOML, and everything that follows from them."""
