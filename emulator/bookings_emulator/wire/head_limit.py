"""A bound for the heads of requests while they come, since the parser of the server has none."""

from __future__ import annotations

from typing import Any

LARGEST_HEAD = 64 * 1024  # bytes, as the other parser has it
_ANSWER = b"""HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"""


def bound_heads(protocol: type[Any]) -> type[Any]:
    """A protocol of the server on httptools that ends a connection whose head goes on beyond LARGEST_HEAD; any other
    protocol as it is."""
    if not hasattr(protocol, "on_headers_complete"):
        return protocol

    class BoundedProtocol(protocol):  # type: ignore[misc]
        _is_in_head = False
        _came = 0

        def on_message_begin(self) -> None:
            self._is_in_head, self._came = True, 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._is_in_head = False
            super().on_headers_complete()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._is_in_head:
                self._came += len(data)
                if self._came > LARGEST_HEAD and not self.transport.is_closing():
                    self.transport.write(_ANSWER)
                    self.transport.close()

    return BoundedProtocol
