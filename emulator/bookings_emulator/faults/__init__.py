"""Injected failures: which calls fail, how, and how often; rules as data, without HTTP."""

from bookings_emulator.faults.shape import FaultError
from bookings_emulator.faults.state import Fault, Faults

__all__ = ["Fault", "FaultError", "Faults"]
