"""The directory of a tenant: users from its personas and from the staff of its businesses, and its organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from bookings_emulator.domain.outcome import Caller, State
from bookings_emulator.ids import guid_of
from bookings_emulator.problem import Problem, did_you_mean

User = dict[str, Any]


class Persona(Protocol):
    """What is read of who may call."""

    @property
    def caller(self) -> Caller: ...

    @property
    def object_id(self) -> str: ...

    @property
    def upn(self) -> str | None: ...


def list_users(personas: Mapping[str, Persona], state: State) -> list[User]:
    """Everybody once, by address: people who may call first, then the staff of every business."""
    staff = {member["emailAddress"].lower(): member for member in _staff_of(state) if member.get("emailAddress")}
    users: dict[str, User] = {}
    for persona in personas.values():
        if persona.upn and persona.caller.kind == "delegated":
            name = staff.get(persona.upn.lower(), {}).get("displayName")
            users.setdefault(persona.upn.lower(), _make_user(persona.object_id, persona.upn, name))
    for address, member in staff.items():
        made = _make_user(guid_of("persona", address), member["emailAddress"], member["displayName"])
        users.setdefault(address, made)
    return list(users.values())


def find_user(users: Iterable[User], key: str) -> User:
    """The user of an id or an address. Raises Problem."""
    users = list(users)
    for user in users:
        if key.lower() in (user["id"], user["userPrincipalName"].lower()):
            return user
    near = did_you_mean(key, [user["userPrincipalName"] for user in users])
    reason = f"there is no user '{key}'; users are the fixture's personas and the staff of its businesses{near}"
    raise Problem("notfound.directory", reason, id=key)


def find_caller(users: Iterable[User], caller: Caller, personas: Mapping[str, Persona]) -> User:
    """Who is signed in: a person by its address, whoever says nothing as the administrator. Raises Problem."""
    if caller.kind == "application":
        raise Problem("me.application", f"'{caller.name}' is an application, and /me is only for signed-in people")
    users = list(users)
    upn = caller.upn
    if caller.kind == "undeclared":
        administrator = personas.get("administrator")
        upn = administrator.upn if administrator else users[0]["userPrincipalName"] if users else None
    if upn is None:
        return _make_user(guid_of("persona", caller.name), caller.name, caller.name)
    found = [user for user in users if user["userPrincipalName"].lower() == upn.lower()]
    return found[0] if found else _make_user(guid_of("persona", upn), upn, None)


def organization_of(guid: str, domain: str) -> dict[str, Any]:
    """The organization: what programs read of it, under the GUID and the domain of the tenant."""
    name = domain.partition(".")[0].capitalize()
    verified = {"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": True, "isInitial": True}
    return {
        "id": guid,
        "displayName": name,
        "tenantType": "AAD",
        "countryLetterCode": "US",
        "verifiedDomains": [{**verified, "name": domain, "type": "Managed"}],
    }


def _staff_of(state: State) -> Iterable[Mapping[str, Any]]:
    for business in state.business_ids():
        yield from state.records("staffMembers", business)


def _make_user(id_: str, address: str, name: str | None) -> User:
    """A user with the members that Graph answers unless others are selected, in its order."""
    shown = name or address.partition("@")[0].replace(".", " ").title()
    given, _, surname = shown.partition(" ")
    return {
        "businessPhones": [],
        "displayName": shown,
        "givenName": given,
        "jobTitle": None,
        "mail": address,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname or None,
        "userPrincipalName": address,
        "id": id_,
    }
