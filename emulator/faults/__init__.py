"""Injected failures: which call is hurt, how and how often; rules as data and counting, no HTTP."""

from emulator.faults.read import FaultError
from emulator.faults.rule import Rule
from emulator.faults.state import Fault, Faults

__all__ = ["Fault", "FaultError", "Faults", "Rule"]
