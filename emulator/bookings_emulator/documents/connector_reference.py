"""Writes the contract of the connector as a part of the reference page."""

from __future__ import annotations

from collections.abc import Iterator

from bookings_emulator.contract.connector import ConnectorContract, ConnectorOperation, Member
from bookings_emulator.documents.markdown import code, table


def connector_reference(contract: ConnectorContract) -> Iterator[str]:
    """The parts of the page: sources, operations, types."""
    yield "## Connector"
    yield f"{contract.title}, `{contract.name}`, version {contract.version}. Sources of the facts:"
    yield "\n".join(f"- **{key}**: {what}" for key, what in contract.sources.items())
    yield (
        f"Below `{contract.hub}` (the API hub), and without it (the backend). A mailbox has at most {contract.limit} "
        f"subscriptions. Permissions of a connection: {', '.join(contract.scopes)}; its owner is an administrator."
    )
    head = ("operation", "request", "status", "returns", "description", "declared errors", "source")
    yield table(head, map(_operation, contract.operations.values()))
    yield "Types of the connector, in the order of its definition:"
    for name, members in contract.types.items():
        yield f"### {name}"
        yield table(("member", "type", "title", "description"), map(_member, members)) if members else "Empty."


def _operation(each: ConnectorOperation) -> tuple[str, ...]:
    request = code(f"{each.method} {each.path}") + (" (backend only)" if each.is_backend_only else "")
    errors = ", ".join(map(str, each.errors))
    return code(each.name), request, str(each.status), each.returns or "", each.summary, errors, each.source


def _member(each: Member) -> tuple[str, ...]:
    return code(each.name), f"[{each.kind}]" if each.is_list else each.kind, each.title, each.about
