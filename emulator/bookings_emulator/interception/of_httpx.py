"""Calls of httpx, and of all that is built upon it (msgraph-sdk, openai and the like): at its own transports."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from bookings_emulator.client.in_process import AsyncTransport, Transport
from bookings_emulator.interception.hosts import HostRefused, Interception


def patch_httpx(interception: Interception) -> Callable[[], None]:
    """Send what httpx would put on a socket to the emulator; what undoes it."""
    send, send_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request
    here = Transport(interception.app, interception.prefix)
    here_async = AsyncTransport(interception.app, interception.prefix)

    def is_ours(request: httpx.Request) -> bool:
        try:
            return interception.takes(request.url.host)
        except HostRefused as error:
            raise httpx.ConnectError(str(error), request=request) from error

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return here.handle_request(request) if is_ours(request) else send(self, request)

    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return await (here_async.handle_async_request(request) if is_ours(request) else send_async(self, request))

    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]

    def undo() -> None:
        httpx.HTTPTransport.handle_request = send  # type: ignore[method-assign]
        httpx.AsyncHTTPTransport.handle_async_request = send_async  # type: ignore[method-assign]

    return undo
