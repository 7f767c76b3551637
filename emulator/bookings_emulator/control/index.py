"""Index, health and version."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bookings_emulator import __version__
from bookings_emulator.control.addresses import authority_of, connector_of, graph_of
from bookings_emulator.control.documents import DOCUMENTS
from bookings_emulator.control.routing import Desk, RouteTable

if TYPE_CHECKING:
    from bookings_emulator.client import answers, literals

table = RouteTable("index")


@table.get("")
def index(desk: Desk) -> answers.Index:
    """The URLs of everything the emulator serves, as the caller sees them."""
    origin, tenant, https = desk.origin, desk.tenant, desk.tenants.https
    plain = {
        each.path[1:]: f"{origin}/_emulator{each.path}" for each in desk.routes if each.path and "{" not in each.path
    }
    found: answers.Index = {
        "name": "graph-bookings-emulator",
        "version": __version__,
        "tenant": tenant.name,
        "fixtures": [each.name for each in tenant.start.fixtures],
        "seed": tenant.start.seed,
        "auth": cast("literals.Auth", tenant.auth),
        "graph": graph_of(origin),
        "connector": connector_of(origin, tenant),
        "pages": f"{origin}/book",
        "authority": authority_of(origin.partition("/tenants/")[0], tenant, https),
        "inspector": f"{origin}/_inspector/",
        "control": plain,
        "openapi": {name: f"{origin}/_emulator/openapi/{name}.json" for name in DOCUMENTS},
    }
    if https and https.ca:
        found["ca"] = https.ca
    return found


@table.get("/health")
def health(desk: Desk) -> answers.Health:
    """`{"status": "ready"}` as soon as the fixtures are loaded; until then nothing responds."""
    return {"status": "ready", "version": __version__}


@table.get("/version")
def version(desk: Desk) -> answers.VersionRow:
    """Name and version of the emulator."""
    return {"name": "graph-bookings-emulator", "version": __version__}
