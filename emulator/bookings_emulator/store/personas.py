"""Personas: the callers a fixture names, with what the identity platform knows of them."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from bookings_emulator.domain.outcome import ANYONE, PLATFORMS, Caller
from bookings_emulator.ids import guid_of

if TYPE_CHECKING:
    from bookings_emulator.keys import Certificate

_PRIVATE = "PRIVATE KEY-----"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----"
_SECRETS = frozenset({"password", "secrets"})


class Persona(NamedTuple):
    """A caller that can sign in: a person (`delegated`) by upn and password, an application by client id and secret.

    `client_id` of a person is that of the application which signs people in. `object_id` is the `oid` of tokens.
    `certificates` are those whose keys sign an application's assertions; None is the one of its name. `platforms` are
    the redirect addresses of an application by platform; None takes any.
    """

    caller: Caller
    object_id: str
    client_id: str
    upn: str | None = None
    password: str | None = None
    secrets: tuple[str, ...] = ()
    certificates: "tuple[Certificate, ...] | None" = None
    platforms: Mapping[str, tuple[str, ...]] | None = None

    @property
    def name(self) -> str:
        """The name, which is also a bearer token."""
        return self.caller.name

    @property
    def is_licensed(self) -> bool:
        """Whether a person has a licence for Bookings."""
        return self.caller.is_licensed


def credential_of(persona: Persona) -> str:
    """Private key and certificate that an application can sign in with, as PEM. Raises LookupError: there is none."""
    if persona.caller.kind != "application":
        raise LookupError(f"'{persona.name}' is a person; only applications have certificates")
    if persona.certificates is not None:
        raise LookupError(f"the fixture sets the certificates of '{persona.name}', and their keys are not known here")
    from bookings_emulator.keys import pem_of

    return pem_of(persona.name)


def read_personas(rows: Iterable[dict[str, Any]], domain: str) -> dict[str, Persona]:
    """The personas of a fixture by name; what a row leaves out follows from its name. Raises ValueError."""
    rows = list(rows)
    if any(row["name"] == ANYONE for row in rows):
        raise ValueError(
            f"expected another name for the persona '{ANYONE}': it is the caller of tokens that name no persona"
        )
    return {row["name"]: _persona(row, domain) for row in rows}


def without_secrets(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The personas of a fixture as they may be shown: no passwords, no secrets, of certificates no keys."""
    return [{name: value for name, value in _public(row).items() if name not in _SECRETS} for row in rows]


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "certificates": list(map(_bare, row["certificates"]))} if "certificates" in row else row


def _bare(text: str) -> str:
    """The certificate of a PEM file alone, which may hold more; one that is no PEM file as it is."""
    found = re.search(_CERTIFICATE, text)
    return found[0] if found else text


def _persona(row: dict[str, Any], domain: str) -> Persona:
    name, kind = row["name"], row.get("kind", "delegated")
    is_person = kind == "delegated"
    upn = row.get("upn", f"{name}@{domain}") if is_person else None
    client_id = row.get("clientId") or guid_of("client", "people" if is_person else name)
    permissions = row.get("permissions")
    return Persona(
        caller=Caller(
            name=name,
            kind=kind,
            roles={business.lower(): role for business, role in row.get("roles", {}).items()} if is_person else None,
            permissions=None if permissions is None else frozenset(permissions),
            client_id=client_id,
            is_personal=row.get("isPersonal", False),
            upn=upn,
            is_licensed=row.get("isLicensed", True),
        ),
        object_id=row.get("objectId") or guid_of("persona", name),
        client_id=client_id,
        upn=upn,
        password=row.get("password", name) if is_person else None,
        secrets=tuple(row.get("secrets", () if is_person else (f"{name}-secret",))),
        certificates=_certificates(row),
        platforms=_read_platforms(row),
    )


def _read_platforms(row: dict[str, Any]) -> dict[str, tuple[str, ...]] | None:
    """The redirect addresses of a row; None where it describes no platform. Raises ValueError."""
    described = [each for each in PLATFORMS if each in row]
    if described and row.get("kind", "delegated") != "application":
        raise ValueError(f"persona '{row['name']}', {described[0]}: redirect addresses are of applications")
    return {each: tuple(row[each].get("redirectUris", ())) for each in described} if described else None


def _certificates(row: dict[str, Any]) -> "tuple[Certificate, ...] | None":
    """The certificates of a row, none with its key. Raises ValueError."""
    if "certificates" not in row:
        return None
    from bookings_emulator.keys import read_certificate  # few fixtures have any

    found = []
    for index, text in enumerate(row["certificates"]):
        try:
            if _PRIVATE in text:
                raise ValueError("expected a certificate, not its private key: leave the key with the client")
            found.append(read_certificate(_bare(text)))
        except ValueError as error:
            raise ValueError(f"persona '{row['name']}', certificates[{index}]: {error}") from error
    return tuple(found)
