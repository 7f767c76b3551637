"""The identity platform: sign-in pages, grants, tokens, and the errors that Microsoft Entra gives."""
