"""Read and change the settings of a tenant that affect its booking pages."""

from __future__ import annotations

from bookings_emulator.control.routing import ControlRefusal, Desk, RouteTable
from bookings_emulator.store.tenant_settings import SettingError

table = RouteTable("tenant settings")


@table.get("/tenant-settings")
def list_tenant_settings(desk: Desk) -> dict[str, bool]:
    """The settings of the tenant that affect its booking pages, by name."""
    return desk.tenant.tenant_settings.all()


@table.put("/tenant-settings", {"type": "object", "additionalProperties": {"type": "boolean"}})
def set_tenant_settings(desk: Desk) -> dict[str, bool]:
    """Change settings of the tenant: `{"BookingsPhoneNumberEntryRestricted": true}`; the others keep their values."""
    try:
        desk.tenant.tenant_settings.set(desk.body)
    except SettingError as error:
        raise ControlRefusal(str(error)) from error
    return desk.tenant.tenant_settings.all()
