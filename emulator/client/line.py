"""The line to one control plane: a call goes out as JSON, JSON comes back, and a refusal becomes an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

PATIENCE = 30.0  # seconds that a call may take beyond what it was told to wait


class ControlError(Exception):
    """The control plane refused a call; the message says what was expected, what came and where."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Line:
    """Calls of the control plane below `{url}/_emulator`."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url = url.rstrip("/")
        self.http = http

    def get(self, path: str, query: dict[str, Any] | None = None, *, wait: float = 0.0) -> Any:
        """What is at a path; members of the query that are None are left out. `wait` is how long it may hold back."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return self._call("GET", path, query=given, timeout=PATIENCE + wait)

    def post(self, path: str, body: Any = None, *, wait: float = 0.0) -> Any:
        """Do something; the answer's JSON, None where it has none."""
        return self._call("POST", path, body, timeout=PATIENCE + wait)

    def put(self, path: str, body: Any) -> Any:
        """Replace something."""
        return self._call("PUT", path, body)

    def delete(self, path: str) -> None:
        """Drop something."""
        self._call("DELETE", path)

    def _call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        timeout: float = PATIENCE,
    ) -> Any:
        import httpx

        url = f"{self.url}/_emulator{path}"
        try:
            answer = self.http.request(method, url, json=body, params=query or None, timeout=timeout)
        except httpx.ConnectError as error:
            raise ControlError(
                f"no emulator answers at {self.url}: {error}; start one: bookings-emulator serve"
            ) from error
        if answer.status_code >= 400:
            raise ControlError(_said(answer), answer.status_code)
        if answer.status_code == 204 or not answer.content:
            return None
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.json() if is_json else answer.text


def _said(answer: httpx.Response) -> str:
    """The sentence of a refusal."""
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:500]}"
    return str(error["message"] if isinstance(error, dict) else error)
