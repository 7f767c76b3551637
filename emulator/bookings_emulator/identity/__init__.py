"""The identity platform: sign-in pages, grants, tokens, and the errors of Microsoft Entra."""
