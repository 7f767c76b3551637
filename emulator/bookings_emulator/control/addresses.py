"""The addresses of a tenant as a caller of the control plane sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookings_emulator.tenant import Tenant
from bookings_emulator.tenants import Https
from bookings_emulator.urls import parts_of

if TYPE_CHECKING:
    from bookings_emulator.client import answers


def addresses_of(root: str, shown: Tenant, https: Https | None) -> answers.TenantRow:
    """A tenant with its URLs; the default one is where the emulator itself is."""
    origin = root if shown.name == "default" else f"{root}/tenants/{shown.name}"
    return {
        "name": shown.name,
        "id": shown.guid,
        "domain": shown.sign_in_domain,
        "mail_domain": shown.domain,
        "fixtures": [each.name for each in shown.start.fixtures],
        "seed": shown.start.seed,
        "graph": graph_of(origin),
        "connector": connector_of(origin, shown),
        "authority": authority_of(root, shown, https),
        "control": f"{origin}/_emulator",
    }


def graph_of(origin: str) -> answers.GraphUrls:
    """The base URLs of Graph in a tenant."""
    return {"v1.0": f"{origin}/v1.0", "beta": f"{origin}/beta"}


def authority_of(root: str, tenant: Tenant, https: Https | None) -> str:
    """Where sign-in libraries get their tokens: by https where that is served, under the host that the caller uses."""
    parts = parts_of(root)
    if https is None or parts.scheme == "https":
        return f"{root}/{tenant.guid}"
    name = parts.hostname or "localhost"
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}:{https.port}{parts.path}/{tenant.guid}"


def connector_of(origin: str, tenant: Tenant) -> str:
    """A connection runtime URL of the connector, as the API hub has them; any word will do for the connection."""
    return f"{origin}/apim/microsoftbookings/{tenant.name}"
