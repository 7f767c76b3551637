"""Injected failures: which call is hurt, how and how often; rules as data and counting, no HTTP."""

from bookings_emulator.faults.rule import Rule
from bookings_emulator.faults.shape import FaultError
from bookings_emulator.faults.state import Fault, Faults

__all__ = ["Fault", "FaultError", "Faults", "Rule"]
