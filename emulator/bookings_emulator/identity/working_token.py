"""A token that works in a tenant whatever its level, for start lines and for those who just made the tenant."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import orjson

from bookings_emulator.problem import did_you_mean
from bookings_emulator.store.personas import Persona
from bookings_emulator.tenant import Tenant


def working_token(tenant: Tenant, name: str | None = None) -> str:
    """A token of an administrator that names its tenant, so that it leads there from the plain URLs as well.

    At level open it needs no signature and is made at once; else it is one of the foremost persona, empty without any.
    Where a persona is named, it is one of that. Raises LookupError if there is none of that name.
    """
    if name is not None and name not in tenant.personas:
        hint = did_you_mean(name, tenant.personas)
        raise LookupError(f"there is no persona '{name}'; there are: {', '.join(tenant.personas) or 'none'}{hint}")
    if name is None and tenant.auth == "open":
        return ".".join(_part(each) for each in ({"alg": "none"}, {"tid": tenant.guid})) + "."
    persona = foremost_persona(tenant) if name is None else tenant.personas[name]
    if persona is None:
        return ""
    from bookings_emulator.identity.tokens import TokenOptions, issue  # slow to import, and not wanted at level open

    return issue(tenant, persona, TokenOptions())


def foremost_persona(tenant: Tenant) -> Persona | None:
    """The persona that may do most, the first of several: a person that administers every business where there is one.

    None where the fixtures name nobody.
    """
    return min(tenant.personas.values(), key=_limits, default=None)


def _limits(persona: Persona) -> tuple[bool, bool, bool]:
    """What keeps a persona from doing everything, the gravest first."""
    caller = persona.caller
    is_held_back = caller.permissions is not None or caller.is_personal or not caller.is_licensed
    return is_held_back, caller.role("*") != "administrator", caller.kind == "application"


def _part(claims: dict[str, str]) -> str:
    return urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")
