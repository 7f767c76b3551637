"""How a control route is declared: one decorated function, from which routing, checks, OpenAPI and docs follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bookings_emulator.json_values import UnreadableJson, read_json
from bookings_emulator.masking import mask_at
from bookings_emulator.problem import did_you_mean
from bookings_emulator.tenant import Tenant
from bookings_emulator.tenants import Tenants
from bookings_emulator.wire.http import BodyTooLarge, read_body

Schema = dict[str, Any]
JSON = "application/json"
LARGEST_BODY = 64 * 1024 * 1024  # bytes; a state may be large


class ControlRefusal(Exception):
    """A call that cannot be carried out; the message says what was expected, what was received, and where."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Desk(NamedTuple):
    """One control call as a handler sees it: the tenant it is about, all tenants, and what was sent.

    `path` and `query` hold the parameters as text, `body` the JSON of the request, checked against the schema of the
    route; `origin` is where the caller sees the tenant (`http://localhost:8365`, or with `/tenants/{name}`),
    `routes` are all there are.
    """

    tenant: Tenant
    tenants: Tenants
    origin: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    request: Request
    routes: Sequence[ControlRoute]


class Parameter(NamedTuple):
    """One parameter of a path or a query: what it is, the words it can be if that list is closed, and its JSON type.

    `kind` is string, integer, number, boolean, or `list` of words separated by commas or sent one by one.
    """

    about: str
    words: tuple[str, ...] = ()
    kind: str = "string"


Query = Mapping[str, str | Parameter]  # a text alone is what a parameter of any value is
Handler = Callable[[Desk], Any]  # a JSON value, a Response, None for 204, or an awaitable of these


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """One documented route: what it takes (`body`, `query` by name), and what it is for (the handler's docstring).

    `answers` is the type of its answer, a name of `client.answers` as the handler is annotated; `media` what that comes
    as; `inside` are the parameters of its path.
    """

    method: str
    path: str  # below /_emulator, such as /clock/advance or /quirks/{id}
    handler: Handler
    tag: str
    summary: str
    about: str
    answers: str
    status: int = 200
    body: Schema | None = None
    query: dict[str, Parameter] = field(default_factory=dict)
    inside: dict[str, Parameter] = field(default_factory=dict)
    media: str = JSON


class RouteTable:
    """The routes of one module, collected by its decorators."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.routes: list[ControlRoute] = []

    def get(
        self, path: str, query: Query | None = None, *, inside: Query | None = None, media: str = JSON
    ) -> Callable[[Handler], Handler]:
        """A route that reads; `query` and `inside` (of the path) name the parameters it takes and say what each is."""
        return self._route("GET", path, query=query, inside=inside, media=media)

    def post(
        self,
        path: str,
        body: Schema | None = None,
        *,
        status: int = 200,
        query: Query | None = None,
        inside: Query | None = None,
    ) -> Callable[[Handler], Handler]:
        """A route that does something; `body` is the JSON Schema of what it takes, None for nothing."""
        return self._route("POST", path, query=query, inside=inside, body=body, status=status)

    def put(self, path: str, body: Schema, *, inside: Query | None = None) -> Callable[[Handler], Handler]:
        """A route that replaces something."""
        return self._route("PUT", path, inside=inside, body=body)

    def delete(self, path: str, *, inside: Query | None = None) -> Callable[[Handler], Handler]:
        """A route that drops something."""
        return self._route("DELETE", path, status=204, inside=inside)

    def _route(
        self, method: str, path: str, query: Query | None = None, inside: Query | None = None, **more: Any
    ) -> Callable[[Handler], Handler]:

        def keep(handler: Handler) -> Handler:
            summary, _, about = (handler.__doc__ or "").strip().partition("\n")
            route = ControlRoute(
                method,
                path,
                handler,
                self.tag,
                summary,
                " ".join(about.split()),
                str(handler.__annotations__["return"]),
                query=_parameters(query),
                inside=_parameters(inside),
                **more,
            )
            self.routes.append(route)
            return handler

        return keep


def _parameters(given: Query | None) -> dict[str, Parameter]:
    return {name: Parameter(each) if isinstance(each, str) else each for name, each in (given or {}).items()}


def closed(members: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """An object with none but these members."""
    schema: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def text(about: str = "", *values: str) -> Schema:
    """A text, or one of some words."""
    schema: Schema = {"enum": list(values)} if values else {"type": "string"}
    return {**schema, "description": about} if about else schema


async def answer(
    route: ControlRoute, routes: Sequence[ControlRoute], tenants: Tenants, tenant: Tenant, request: Request
) -> Response:
    """Check one call against its declaration and carry it out. Raises ControlRefusal."""
    body = await _body(route, request)
    query = dict(request.query_params)
    for name in query:
        if name not in route.query:
            known = f"it takes {', '.join(route.query)}" if route.query else "it takes none"
            raise ControlRefusal(f"unknown parameter '{name}'; {known}{did_you_mean(name, route.query)}")
        values = request.query_params.getlist(name)
        if len(values) > 1 and route.query[name].kind != "list":
            raise ControlRefusal(f"the parameter '{name}' may appear only once; got {values}")
        query[name] = ",".join(values)
    for name, value in query.items():
        check_word(name, value, route.query[name].words)
    origin = str(request.base_url).rstrip("/")
    result = route.handler(Desk(tenant, tenants, origin, _path(request), query, body, request, routes))
    if isinstance(result, Awaitable):
        result = await result
    if isinstance(result, Response):
        return result
    return Response(status_code=204) if result is None else json_response(result, route.status)


def check_word(name: str, value: str, words: Sequence[str]) -> None:
    """Refuse a value that is none of a closed list, without regard to case; without words anything goes.

    Raises ControlRefusal with the words there are and the nearest one.
    """
    if words and value.lower() not in (each.lower() for each in words):
        raise ControlRefusal(f"{name} must be one of {', '.join(words)}; got '{value}'{did_you_mean(value, words)}")


def check_number(name: str, value: str | None) -> int | None:
    """The whole number of a parameter, None where it is not there. Raises ControlRefusal."""
    if value is not None and not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise ControlRefusal(f"{name} must be a whole number; got '{value[:200]}'")
    return None if value is None else int(value)


def _path(request: Request) -> dict[str, str]:
    """The names in the path, unescaped."""
    return {name: unquote(value) for name, value in request.path_params.items()}


def json_response(value: object, status: int = 200) -> Response:
    """A JSON answer that people can read as well."""
    return Response(orjson.dumps(value, option=orjson.OPT_INDENT_2), status, media_type="application/json")


async def _body(route: ControlRoute, request: Request) -> Any:
    """The JSON of a request, held against the schema of its route; where that takes none, nothing is read."""
    if route.body is None:
        return None
    headers = {"content-length": request.headers.get("content-length", "0")}
    try:
        given = read_json(await read_body(headers, request.receive, LARGEST_BODY) or b"{}")
    except BodyTooLarge:
        raise ControlRefusal(f"the body is larger than {LARGEST_BODY:,} bytes; the rest was not read", 413) from None
    except UnreadableJson as error:
        raise ControlRefusal(f"the body is not JSON: {error}") from error
    if given == {} and "required" not in route.body:
        return given
    from jsonschema import Draft202012Validator  # slow to import, and most calls come without a body
    from jsonschema.exceptions import best_match

    misfit = best_match(Draft202012Validator(route.body).iter_errors(given))
    if misfit is not None:
        raise ControlRefusal(f"at {misfit.json_path}: {_expected(misfit)}")
    return given


def _said(error: Any) -> str:
    text = orjson.dumps(mask_at(error.absolute_path, error.instance), default=str).decode()
    return text if len(text) <= 200 else text[:200] + " …"


def _expected(error: Any) -> str:
    came = _said(error)
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            strange = next(each for each in error.instance if each not in known)
            return f"unknown member '{strange}'; expected {', '.join(known)}{did_you_mean(strange, known)}"
        case "enum":
            words = list(map(str, error.validator_value))
            return f"expected one of {', '.join(words)}; got {came}{did_you_mean(str(error.instance), words)}"
        case "type":
            types = error.validator_value
            return f"expected {types if isinstance(types, str) else ' or '.join(types)}; got {came}"
        case "required":
            return f"{error.message}; got {came}"
        case _:
            return f"expected {error.validator} {error.validator_value}; got {came}"
