"""The line to one control plane: a call goes out as JSON, JSON comes back, and a refusal becomes an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    import httpx

_DOTS = {".": "%2E", "..": "%2E%2E"}  # written plainly they would be steps of the path
PATIENCE = 30.0  # seconds that a call may take beyond what it was told to wait


class ControlError(Exception):
    """The control plane refused a call; the message says what was expected, what was received, and where."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Line:
    """Calls of the control plane below `{url}/_emulator`, with its key where it asks for one.

    Raises ControlError: for an address that is none, and where a call gets anything but what it was made for.
    """

    def __init__(self, url: str, http: httpx.Client, key: str | None = None) -> None:
        if not _is_address(url):
            raise ControlError(f"expected the URL of an emulator, such as http://localhost:8365; got '{url}'")
        self.url = url.rstrip("/")
        self.http = http
        self.key = key

    def get(self, path: str, query: dict[str, Any] | None = None, *, wait: float = 0.0) -> Any:
        """What is at a path; members of the query that are None are left out. `wait` is how long it may hold back."""
        return self._call("GET", path, query=_said_of(query), timeout=PATIENCE + wait)

    @contextmanager
    def stream(self, path: str, query: dict[str, Any], *, wait: float) -> Iterator[httpx.Response]:
        """What is at a path, to be read as it comes; `wait` seconds without anything are an httpx.ReadTimeout."""
        import httpx

        timeout = httpx.Timeout(PATIENCE, read=wait)
        asked = {"params": _said_of(query), "headers": self._headers(), "timeout": timeout}
        with ExitStack() as stack:
            try:
                opened = self.http.stream("GET", f"{self.url}/_emulator{path}", **asked)  # type: ignore[arg-type]
                answer = stack.enter_context(opened)
                if not answer.is_success:
                    answer.read()
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ControlError(_failed(self.url, error)) from error
            if not answer.is_success:
                raise ControlError(plain_reason(answer), answer.status_code)
            yield answer

    def post(self, path: str, body: Any = None, *, wait: float = 0.0) -> Any:
        """Do something; the answer's JSON, None where it has none."""
        return self._call("POST", path, body, timeout=PATIENCE + wait)

    def put(self, path: str, body: Any) -> Any:
        """Replace something."""
        return self._call("PUT", path, body)

    def delete(self, path: str) -> None:
        """Drop something."""
        self._call("DELETE", path)

    def _headers(self) -> dict[str, str] | None:
        return {"X-Emulator-Key": self.key} if self.key else None

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

        url = f"{self.url}/_emulator{path}" + (f"?{httpx.QueryParams(query)}" if query else "")
        return self.send(method, url, body, headers=self._headers(), timeout=timeout)

    def send(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        timeout: float = PATIENCE,
    ) -> Any:
        """Call any URL of the emulator, with JSON; the answer's JSON or text, None where it has none."""
        import httpx

        said = dict(headers or {})
        content = None
        if body is not None:
            content, said["Content-Type"] = _encode(f"{method} {urlsplit(url).path}", body), "application/json"
        try:
            answer = self.http.request(method, url, content=content, headers=said, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ControlError(_failed(self.url, error)) from error
        if not answer.is_success:
            raise ControlError(plain_reason(answer), answer.status_code)
        if answer.status_code == 204 or not answer.content:
            return None
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.json() if is_json else answer.text


def _encode(call: str, body: Any) -> bytes:
    """A body as JSON. Raises ControlError for what cannot be said in it."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ControlError(f"{call}: the body must be JSON: {error}", 400) from error


def _said_of(query: dict[str, Any] | None) -> dict[str, Any]:
    return {name: _parameter(name, value) for name, value in (query or {}).items() if value is not None}


def path_of(*segments: str) -> str:
    """A path of names, each quoted whole, so that none can lead elsewhere. Raises ControlError for what is no name."""
    for each in segments:
        if not isinstance(each, str):
            raise ControlError(f"expected a name as text in '/{'/'.join(map(str, segments))}'; got {each!r}", 400)
    if not all(segments):
        raise ControlError(f"expected a name in '/{'/'.join(segments)}'; got an empty one")
    return "".join(f"/{_DOTS.get(each) or quote(each, safe='')}" for each in segments)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port, or no address
        return False


def _parameter(name: str, value: Any) -> Any:
    """A value as a query can say it: a body is JSON, all else plain text."""
    if name == "body":
        return json.dumps(value)
    if isinstance(value, list | tuple) and name == "status":
        return ",".join(map(str, value))
    if isinstance(value, list | tuple | set | dict):
        raise ControlError(
            f"'{name}' takes a single value here; only journal.verify takes several values or an object; got {value!r}"
        )
    return value


def _failed(url: str, error: Exception) -> str:
    """What is to be said where no answer came."""
    import httpx

    told = str(error) or type(error).__name__
    if "[SSL" in told:
        trust = "trust the file that its start lines name as ca: use Client(url, ca=FILE), --ca FILE or SSL_CERT_FILE"
        return f"https with {url} fails: {told}; {trust}"
    if isinstance(error, httpx.ConnectError):
        return f"no emulator responds at {url}: {told}; start one with: bookings-emulator serve"
    return f"the emulator at {url} sent no response: {told}"


def plain_reason(answer: httpx.Response) -> str:
    """Why a call was refused: the plain reason that a plane tells in a header, or the sentence of the control plane."""
    reason = answer.headers.get("x-emulator-reason")
    if reason:
        return str(reason)
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        told = answer.headers.get("location") or answer.text[:500]
        return f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {told}"
    return str(error["message"] if isinstance(error, dict) else error)
