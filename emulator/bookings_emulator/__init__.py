"""A local emulator of the Microsoft Graph Bookings API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bookings_emulator.app import create_app
    from bookings_emulator.client.answers import (
        BusinessRow,
        Delivery,
        DeviceCode,
        Exchange,
        FaultRow,
        Least,
        Message,
        Note,
        OperationRow,
        Permissions,
        PersonaRow,
        PresetRow,
        ProblemRow,
        QuirkRow,
        ScenarioRow,
        StreamEvent,
        StubRow,
        Subscription,
        SymptomRow,
    )
    from bookings_emulator.client.async_client import AsyncClient
    from bookings_emulator.client.builder import BusinessBuilder
    from bookings_emulator.client.client import Client
    from bookings_emulator.client.control_http import ControlError
    from bookings_emulator.client.events import Events
    from bookings_emulator.client.faults import Fault
    from bookings_emulator.client.named_records import NamedBusiness, NamedRecord
    from bookings_emulator.client.receiver import Notification, Receiver
    from bookings_emulator.client.snapshots import Snapshot
    from bookings_emulator.client.stubs import Stub
    from bookings_emulator.contract.quirks import QuirkError
    from bookings_emulator.embedded import Emulator
    from bookings_emulator.faults.shape import FaultError
    from bookings_emulator.interception.mock import mock
    from bookings_emulator.settings import Settings
    from bookings_emulator.store.fixture_error import FixtureError

__version__ = "0.1.0"
__all__ = [
    "AsyncClient",
    "BusinessBuilder",
    "BusinessRow",
    "Client",
    "ControlError",
    "Delivery",
    "DeviceCode",
    "Emulator",
    "Events",
    "Exchange",
    "Fault",
    "FaultError",
    "FaultRow",
    "FixtureError",
    "Least",
    "Message",
    "NamedBusiness",
    "NamedRecord",
    "Note",
    "Notification",
    "OperationRow",
    "Permissions",
    "PersonaRow",
    "PresetRow",
    "ProblemRow",
    "QuirkError",
    "QuirkRow",
    "Receiver",
    "ScenarioRow",
    "Settings",
    "Snapshot",
    "StreamEvent",
    "Stub",
    "StubRow",
    "Subscription",
    "SymptomRow",
    "__version__",
    "create_app",
    "mock",
]

# each is imported when it is first asked for: importing the package, as every test run with the plugin does, is free
_HOMES = {
    "AsyncClient": "bookings_emulator.client.async_client",
    "NamedRecord": "bookings_emulator.client.named_records",
    "NamedBusiness": "bookings_emulator.client.named_records",
    "BusinessBuilder": "bookings_emulator.client.builder",
    "create_app": "bookings_emulator.app",
    "DeviceCode": "bookings_emulator.client.answers",
    "PersonaRow": "bookings_emulator.client.answers",
    "Client": "bookings_emulator.client.client",
    "ControlError": "bookings_emulator.client.control_http",
    "Delivery": "bookings_emulator.client.answers",
    "Subscription": "bookings_emulator.client.answers",
    "Events": "bookings_emulator.client.events",
    "StreamEvent": "bookings_emulator.client.answers",
    "Fault": "bookings_emulator.client.faults",
    "FaultRow": "bookings_emulator.client.answers",
    "OperationRow": "bookings_emulator.client.answers",
    "PresetRow": "bookings_emulator.client.answers",
    "ProblemRow": "bookings_emulator.client.answers",
    "Exchange": "bookings_emulator.client.answers",
    "Least": "bookings_emulator.client.answers",
    "Note": "bookings_emulator.client.answers",
    "Permissions": "bookings_emulator.client.answers",
    "Notification": "bookings_emulator.client.receiver",
    "Receiver": "bookings_emulator.client.receiver",
    "BusinessRow": "bookings_emulator.client.answers",
    "SymptomRow": "bookings_emulator.client.answers",
    "Message": "bookings_emulator.client.answers",
    "QuirkRow": "bookings_emulator.client.answers",
    "ScenarioRow": "bookings_emulator.client.answers",
    "Snapshot": "bookings_emulator.client.snapshots",
    "Stub": "bookings_emulator.client.stubs",
    "StubRow": "bookings_emulator.client.answers",
    "QuirkError": "bookings_emulator.contract.quirks",
    "Emulator": "bookings_emulator.embedded",
    "mock": "bookings_emulator.interception.mock",
    "FaultError": "bookings_emulator.faults.shape",
    "Settings": "bookings_emulator.settings",
    "FixtureError": "bookings_emulator.store.fixture_error",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bookings_emulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
