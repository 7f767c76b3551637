"""Holds answers of Graph and of the connector, as the tests get them in this process, to their OpenAPI documents.

The first answers of each operation, status and set of query options are looked at; what a fault hurt or a quirk
changed is left out.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from bookings_emulator.contract.connector import load_connector
from bookings_emulator.contract.load import load
from bookings_emulator.contract.quirks import load_quirks
from bookings_emulator.documents.connector_openapi3 import connector_openapi3
from bookings_emulator.documents.openapi import openapi
from bookings_emulator.documents.verdict import compile_schema
from bookings_emulator.exchange import Exchange, Response
from bookings_emulator.tenant import Tenant
from bookings_emulator.wire.plane import Plane

Schema = dict[str, Any]
ORIGIN = "http://localhost:8365"
MOST = int(os.environ.get("ANSWERS_OF_A_KIND", "5"))  # that are looked at
held: Counter[tuple[str, ...]] = Counter()


@cache
def operations(name: str) -> dict[str, Schema]:
    """The operations of a document by their ids, with its components beside."""
    document = connector_openapi3(load_connector(), ORIGIN) if name == "connector" else openapi(load(name), ORIGIN)
    whole = close_objects(document)
    found = {}
    for item in whole["paths"].values():
        for operation in item.values():
            if "operationId" in operation:
                found[operation["operationId"]] = {**operation, "components": whole["components"]}
    return found


def close_objects(value: Any) -> Any:
    """The same with no members but those declared in every object that declares some."""
    if isinstance(value, list):
        return [close_objects(each) for each in value]
    if not isinstance(value, dict):
        return value
    more = {"additionalProperties": False} if "properties" in value and value.get("type") == "object" else {}
    return {**more, **{name: close_objects(each) for name, each in value.items() if name != "x-default"}}


def operation_of(exchange: Exchange) -> tuple[str, str] | None:
    """The document and the operation of an exchange; None for what no document has: stubs, batches, metadata."""
    if exchange.plane == "connector":
        ids = {each.name: id_ for id_, each in load_connector().operations.items() if not each.is_backend_only}
        return ("connector", ids[exchange.operation]) if exchange.operation in ids else None
    version, _, rest = exchange.request.path.lstrip("/").partition("/")
    if exchange.plane != "graph" or version.lower() not in ("v1.0", "beta"):
        return None
    root = "" if rest.partition("/")[0].lower() == "solutions" else ".root"
    name = f"{exchange.operation}{root}"
    return (version.lower(), name) if name in operations(version.lower()) else None


def has_own_quirks(tenant: Tenant) -> bool:
    """Whether a quirk is switched: what it does is not what the documents say."""
    return any(tenant.quirks[each.id] != each.default for each in load_quirks().values())


def misfit(tenant: Tenant, exchange: Exchange, response: Response) -> str | None:
    """Why an answer is none that the document declares; None where it is one, or is not looked at."""
    found = operation_of(exchange)
    if found is None or exchange.hits:
        return None
    options = ",".join(sorted(name.lower() for name, _ in parse_qsl(exchange.request.query)))
    key = (*found, str(response.status), options)
    if held[key] >= MOST or has_own_quirks(tenant):
        return None
    held[key] += 1
    responses = operations(found[0])[found[1]]["responses"]
    status = str(response.status)
    if status not in responses and (response.status < 400 or "default" not in responses):
        return f"{found[1]}: status {status} is not declared"
    return read_misfit(found, status if status in responses else "default", response)


def read_misfit(found: tuple[str, str], status: str, response: Response) -> str | None:
    """Why the body is none that the document declares."""
    schemas = media_of(found, status)
    if not schemas:
        is_empty = not response.body or response.status >= 400
        return None if is_empty else f"{found[1]}: a body came with {status}"
    media, _, options = response.headers.get("Content-Type", response.headers.get("content-type", "")).partition(";")
    if "ieee754compatible=true" in options.lower():  # numbers come as text, which the document cannot say
        return None
    if media not in schemas:
        return f"{found[1]}: content type {media} is not declared with {status}"
    why = schemas[media](json.loads(response.body))
    return f"{found[1]} {status}: {why}" if why else None


@cache
def media_of(found: tuple[str, str], status: str) -> dict[str, Callable[[Any], str | None]]:
    """What says of a body why it does not fit, by its content type."""
    operation = operations(found[0])[found[1]]
    declared = operation["responses"][status]
    if "$ref" in declared:
        declared = operation["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    return {
        media: teller(each["schema"], operation["components"]) for media, each in declared.get("content", {}).items()
    }


def teller(schema: Schema, components: Schema) -> Callable[[Any], str | None]:
    """What says why a value does not fit a schema, quick where it does."""
    whole = {**schema, "$defs": components["schemas"]}
    moved = json.loads(json.dumps(whole).replace("#/components/schemas/", "#/$defs/"))
    is_fit = compile_schema(moved)

    def tell(body: Any) -> str | None:
        if is_fit(body):
            return None
        error = best_match(Draft202012Validator(moved).iter_errors(body))
        return f"at {error.json_path}: {error.message[:500]}" if error else None

    return tell


@contextmanager
def holding(misfits: list[str]) -> Iterator[None]:
    """Hold what planes answer in this process; what does not fit is told in `misfits`."""
    answer = Plane._answer

    def held_answer(self: Plane, exchange: Exchange) -> Response:
        response = answer(self, exchange)
        why = misfit(self._tenant, exchange, response)
        if why is not None:
            misfits.append(f"{exchange.request.method} {exchange.request.path}?{exchange.request.query}: {why}")
        return response

    with patch.object(Plane, "_answer", held_answer):
        yield
