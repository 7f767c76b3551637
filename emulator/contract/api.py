"""One version of the API, compiled: the contract with its routes, body readers and shapers."""

from __future__ import annotations

from functools import cache

from emulator.contract.body import BodyReaders
from emulator.contract.load import load
from emulator.contract.model import Contract
from emulator.contract.routes import Routes
from emulator.contract.shape import Shapers


class Api:
    """What serves a version; made once a process, shared by all tenants, holding no records."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.routes = Routes(contract)
        self.readers = BodyReaders(contract)
        self.shapers = Shapers(contract)


@cache
def api(version: str) -> Api:
    """The compiled `v1.0` or `beta`."""
    return Api(load(version))
