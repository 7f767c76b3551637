"""The asynchronous Python client, written from the source of the synchronous one, so that the two cannot differ."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

# the classes that have a twin, by the module of each
_CLASSES = {
    "Clock": "clock",
    "Rows": "rows",
    "Outbox": "rows",
    "Symptoms": "rows",
    "Journal": "journal",
    "DeviceCodes": "callers",
    "Faults": "faults",
    "Fault": "faults",
    "Stubs": "stubs",
    "Stub": "stubs",
    "Deliveries": "deliveries",
    "Subscriptions": "deliveries",
    "Snapshot": "snapshots",
    "Receiver": "receiver",
    "Events": "events",
    "Adder": "builder",
    "BusinessBuilder": "builder",
    "Client": "client",
}
# what is there without a call, by its type; any other attribute is one of the classes above
_PLAIN = {
    "Client": {
        "url": "str", "persona": "str | None", "graph_url": "str", "beta_url": "str", "connector_url": "str",
        "page_url": "str",
        "is_closed": "bool", "app": "Asgi", "transport": "Transport", "async_transport": "AsyncTransport",
    },
    "Fault": {"ids": "list[str]"},
    "Stub": {"name": "str"},
    "Snapshot": {"name": "str"},
    "Receiver": {"url": "str", "notifications": "list[Notification]"},
    "BusinessBuilder": {"id": "str", "ids": "dict[str, str]", "appointments": "list[str]"},
}  # fmt: skip
_LEFT_OUT = {"Client.graph"}  # made for httpx.AsyncClient in the head
_HEAD = '''\
"""The client for asynchronous tests: what `Client` has, awaited; written from its source by docs/build.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Unpack

{imports}

if TYPE_CHECKING:
    import ssl

    import httpx

    from bookings_emulator.client.in_process import AsyncTransport, Transport
    from bookings_emulator.client.literals import Change, NoteKind, QuirkName
'''
_CLIENT = '''
    def __init__(self, sync: Client) -> None:
        self._sync = sync

    @classmethod
    def at(cls, url: str = URL, *, key: str | None = None, ca: str | Path | None = None) -> AsyncClient:
        """A client of its own of the emulator at a URL, as `Client` makes it."""
        return cls(Client(url, key=key, ca=ca))

    @cached_property
    def graph(self) -> httpx.AsyncClient:
        """An httpx.AsyncClient of Graph v1.0; every call carries a new `token()`, unless it brings a header."""
        import httpx

        async def sign(request: httpx.Request) -> None:
            if "authorization" not in request.headers:
                request.headers.update(await self.headers())

        hooks: dict[str, list[Callable[..., Any]]] = {"request": [sign]}
        verify: bool | ssl.SSLContext = self._sync.trust()
        transport = self._sync.async_transport if self._sync.is_in_process else None
        return httpx.AsyncClient(
            base_url=self.graph_url, event_hooks=hooks, trust_env=False, verify=verify, transport=transport
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()
'''
_EVENTS = """
    def __aiter__(self) -> AsyncEvents:
        return self

    async def __anext__(self) -> StreamEvent:
        found = await asyncio.to_thread(next, self._sync, None)
        if found is None:
            raise StopAsyncIteration
        return found
"""
_ROWS = '''
    async def __call__(self) -> list[Row]:
        """All rows."""
        return await asyncio.to_thread(self._sync)
'''
_IMPORTS = {
    "answers": "BusinessRow, Delivery, DeviceCode, Exchange, FaultRow, Message, Note, OperationRow, Permissions, "
    "PersonaRow, PresetRow, ProblemRow, QuirkRow, ScenarioRow, StreamEvent, StubRow, Subscription, SymptomRow",
    "client": "URL, Asgi, Client",
    "rows": "Outbox, Row, Rows, Symptoms",
    "callers": "DeviceCodes",
    "control_http": "",
    "builder": "Adder, BusinessBuilder",
    "clock": "Clock",
    "deliveries": "Deliveries, Subscriptions",
    "events": "Events",
    "faults": "Fault, Faults",
    "journal": "Journal",
    "named_records": "NamedBusiness",
    "receiver": "Notification, Receiver",
    "snapshots": "Snapshot",
    "stubs": "Stub, Stubs, StubWords",
    "word_types": "Criteria, CriteriaSince, DeliveryWords, FaultWords, Given, JournalWords, LengthWords, OutboxWords, "
    "SubscriptionWords, SymptomWords, TenantWords, TokenWords, VerifyWords",
}


def async_client(folder: Path) -> str:
    """The module `client/async_client.py` from the modules of a folder. Raises ValueError for what it cannot tell."""
    found = {name: _class_of(folder / f"{module}.py", name) for name, module in _CLASSES.items()}
    imports = "\n".join(
        f"from bookings_emulator.client.{module} import {names}" for module, names in sorted(_IMPORTS.items()) if names
    )
    return "\n\n".join([_HEAD.replace("{imports}", imports), *(_twin(each) for each in found.values())])


def _class_of(file: Path, name: str) -> ast.ClassDef:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return next(each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == name)


def _twin(source: ast.ClassDef) -> str:
    base = next((ast.unparse(each) for each in source.bases if ast.unparse(each).startswith("Rows[")), "")
    bases = f"(Async{base})" if base else "(Generic[Row])" if source.name == "Rows" else ""
    docstring = (ast.get_docstring(source) or "").partition("\n")[0]
    kind = "Rows[Row]" if source.name == "Rows" else source.name
    made = f"\n    def __init__(self, sync: {kind}) -> None:\n        self._sync = sync\n"
    if base:
        made = f"\n    _sync: {kind}\n\n    def __init__(self, sync: {kind}) -> None:\n        super().__init__(sync)\n"
    extra = {"Client": _CLIENT, "Events": made + _EVENTS, "Rows": made + _ROWS}.get(source.name, made)
    body = "".join(f"\n{each}" for each in _members(source))
    return f'class Async{source.name}{bases}:\n    """{docstring}"""\n{extra}{body}'


def _members(source: ast.ClassDef) -> Iterator[str]:
    plain = _PLAIN.get(source.name, {})
    for name, type_ in plain.items():
        yield _property(name, type_, f"self._sync.{name}")
    for name, type_ in _parts(source):
        if name not in plain:
            yield _property(name, f"Async{type_}", f"Async{type_.partition('[')[0]}(self._sync.{name})")
    for each in source.body:
        if isinstance(each, ast.FunctionDef) and f"{source.name}.{each.name}" not in _LEFT_OUT:
            yield from _method(source, each, plain)


def _parts(source: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The public attributes that `__init__` sets, with the class of each. Raises ValueError for one of unknown type."""
    for begin in (each for each in source.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"):
        for each in begin.body:
            target = each.target if isinstance(each, ast.AnnAssign) else None
            if isinstance(each, ast.Assign):
                target = each.targets[0]
            if not isinstance(target, ast.Attribute) or ast.unparse(target) != f"self.{target.attr.lstrip('_')}":
                continue
            assert isinstance(each, ast.Assign | ast.AnnAssign)
            type_ = ast.unparse(each.annotation) if isinstance(each, ast.AnnAssign) else _called(each.value)
            if type_.partition("[")[0] in _CLASSES:
                yield target.attr, type_
            elif target.attr not in _PLAIN.get(source.name, {}):
                raise ValueError(f"{source.name}.{target.attr}: say its type in docs/writers/async_client.py")


def _called(value: ast.expr) -> str:
    return ast.unparse(value.func) if isinstance(value, ast.Call) else ""


def _property(name: str, type_: str, value: str) -> str:
    return f"    @property\n    def {name}(self) -> {type_}:\n        return {value}\n"


def _method(source: ast.ClassDef, method: ast.FunctionDef, plain: dict[str, str]) -> Iterator[str]:
    """One method, awaited; a property that calls becomes a method."""
    name = method.name
    is_call = name == "__call__"
    if (name.startswith("_") and not is_call) or name in plain or (source.name == "Rows" and is_call):
        return
    if method.returns is None or f"{source.name}.{name}" in ("Client.is_in_process", "Client.trust"):
        return
    returned = ast.unparse(method.returns)
    docstring = (ast.get_docstring(method) or "").replace("\n", "\n        ")
    end = "\n        " if "\n" in docstring else ""
    told = f'        """{docstring}{end}"""\n' if docstring else ""
    is_property = any("property" in ast.unparse(each) for each in method.decorator_list)
    if returned == "Adder":
        yield f"    @property\n    def {name}(self) -> AsyncAdder:\n{told}        return AsyncAdder(self._sync.add)\n"
        return
    signature = ast.unparse(method.args)
    called = f"lambda: self._sync.{name}" if is_property else ", ".join([_bound(name), *_passed(method.args)])
    value = f"await asyncio.to_thread({called})"
    shown, result = _wrapped(returned, value)
    yield f"    async def {name}({signature}) -> {shown}:\n{told}        {result}\n"


def _bound(name: str) -> str:
    return "self._sync" if name == "__call__" else f"self._sync.{name}"


def _wrapped(returned: str, value: str) -> tuple[str, str]:
    """The type that is shown, and the statement that gives it."""
    if returned in _CLASSES:
        return f"Async{returned}", f"return Async{returned}({value})"
    if returned.startswith("list[") and returned[5:-1] in _CLASSES:
        item = f"Async{returned[5:-1]}"
        return f"list[{item}]", f"return [{item}(each) for each in {value}]"
    return returned, value if returned == "None" else f"return {value}"


def _passed(arguments: ast.arguments) -> Iterator[str]:
    yield from (each.arg for each in arguments.args[1:])
    if arguments.vararg:
        yield f"*{arguments.vararg.arg}"
    yield from (f"{each.arg}={each.arg}" for each in arguments.kwonlyargs)
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}"
