"""The signs of secrets in a text, by which most texts are known to hide none without looking for one."""

from __future__ import annotations

from urllib.parse import unquote

# form fields, query parameters and JSON members, in lower case (RFC 6749, 7009, 7521, 7636, 8628; `sig` signs callback
# URLs); `clientSecret` and `client-secret` are the same as `client_secret`
SECRETS = frozenset(
    {
        "access_token", "api_key", "assertion", "authorization", "client_assertion", "client_secret", "code_verifier",
        "cookie", "device_code", "id_token", "id_token_hint", "ocp_apim_subscription_key", "passwd", "password",
        "proxy_authorization", "refresh_token", "secret", "secrets", "set_cookie", "sig", "subscription_key", "token",
        "user_code", "x_api_key", "x_emulator_key", "x_functions_key",
    }
)  # fmt: skip
CODE = "code"  # a secret where an authorization code may stand
JWT = "eyJ"  # the beginning of one, `{"`
JOINED = frozenset(each.replace("_", "") for each in SECRETS)
# texts of which one is in the name of every secret
_STEMS = tuple(each for each in sorted({*JOINED, CODE}) if not any(other in each for other in {*JOINED, CODE} - {each}))
_DEEPEST = 4  # times that a text is decoded to look whether it may hide anything


def may_hide(text: str) -> bool:
    """Whether a text has any of the signs of what is masked; the log asks so of every path, of which few have any."""
    if _is_marked(text):
        return True
    if not ("=" in text or "%" in text or '"' in text or "'" in text or "{" in text):
        return False
    for _ in range(_DEEPEST):
        # what nearly every `%` of a path is, decoded without looking at each character
        if "%" not in text or (plain := unquote(text.replace("%40", "@").replace("%3D", "="))) == text:
            return any(map(text.lower().replace("_", "").replace("-", "").__contains__, _STEMS))
        text = plain
        if _is_marked(text):
            return True
    return True


def _is_marked(text: str) -> bool:
    """Whether a text has a sign that needs no name: an address, a token, a key, a message, or what JSON escapes."""
    return (
        "://" in text or JWT in text or "-----" in text or "the code " in text or "device that " in text
        or "\\" in text
    )  # fmt: skip
