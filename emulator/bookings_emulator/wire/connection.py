"""The connection below an answer, for what ASGI has no word for: ending it before the answer is whole."""

from __future__ import annotations

from typing import Any

from bookings_emulator.wire.http import Send


def transport_of(send: Send) -> Any:
    """The transport that `send` writes to; None in process, where there is none.

    uvicorn hands the application a method of the object that owns the connection.
    """
    return getattr(getattr(send, "__self__", None), "transport", None)
