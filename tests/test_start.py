"""How the process starts and keeps house: tables kept beside the byte code, garbage, the names of zones."""

from __future__ import annotations

import asyncio
import gc
import marshal
import pickle
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bookings_emulator import create_app, times
from bookings_emulator.contract.load import load
from bookings_emulator.contract.model import UNSET
from bookings_emulator.contract.tables import read_built, read_table
from bookings_emulator.serving.garbage import no_collection, seldom_collection
from bookings_emulator.serving.server import Server


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    found = tmp_path / "facts.toml"
    found.write_text("a = 1\n[b]\nc = ['x']\n")
    return found


def kept(file: Path) -> list[Path]:
    return list((file.parent / "__pycache__").glob("*.table"))


def test_a_table_is_kept_and_read_again_without_parsing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_table(file) == {"a": 1, "b": {"c": ["x"]}}
    assert len(kept(file)) == 1
    monkeypatch.setattr("tomllib.loads", lambda text: pytest.fail("it was parsed again"))
    first = read_table(file)
    first["b"]["c"].append("changed by who got it")
    assert read_table(file) == {"a": 1, "b": {"c": ["x"]}}


def test_a_file_that_has_changed_is_parsed_again(file: Path) -> None:
    read_table(file)
    file.write_text("a = 23\n")
    assert read_table(file) == {"a": 23}


@pytest.mark.parametrize("content", [b"", b"garbage", b"i\1\0\0\0"], ids=["nothing", "garbage", "another value"])
def test_what_is_kept_and_cannot_be_read_is_parsed_again(file: Path, content: bytes) -> None:
    read_table(file)
    kept(file)[0].write_bytes(content)
    assert read_table(file) == {"a": 1, "b": {"c": ["x"]}}


def test_where_no_byte_code_is_written_no_table_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert read_table(file)["a"] == 1
    assert kept(file) == []


@pytest.fixture
def built(file: Path) -> list[str]:
    return []


def build_from(file: Path, built: list[str]) -> Any:
    """A value of a file, and of the module `maker.py` beside it; each time it is built, that is noted."""

    def build() -> tuple[str, Any]:
        built.append(file.read_text())
        return built[-1], UNSET

    return read_built("value", [file, file.with_name("maker.py")], build)


def test_what_is_built_is_kept_until_a_file_or_the_code_changes(file: Path, built: list[str]) -> None:
    maker = file.with_name("maker.py")
    maker.write_text("1")
    for _ in range(3):
        text, unset = build_from(file, built)
        assert (text, unset is UNSET) == (file.read_text(), True)
    assert len(built) == 1
    maker.write_text("1 + 1")
    build_from(file, built)
    file.write_text("a = 23\n")
    assert build_from(file, built)[0] == "a = 23\n"
    assert len(built) == 3


@pytest.mark.parametrize("is_whole", [False, True])
def test_what_was_built_and_cannot_be_read_is_built_again(file: Path, built: list[str], is_whole: bool) -> None:
    file.with_name("maker.py").write_text("1")
    build_from(file, built)
    (kept,) = (file.parent / "__pycache__").glob("value.*.pickle")
    stamps, _ = marshal.loads(kept.read_bytes())
    kept.write_bytes(marshal.dumps((stamps, b"garbage")) if is_whole else b"garbage")
    assert build_from(file, built)[1] is UNSET
    assert len(built) == 2


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_a_contract_that_was_kept_is_the_one_that_was_built(version: str) -> None:
    contract = load(version)
    again = pickle.loads(pickle.dumps(contract))
    assert {name: each.properties for name, each in again.types.items()} == {
        name: each.properties for name, each in contract.types.items()
    }
    assert again.operations == contract.operations
    assert again.enums == contract.enums


def test_a_folder_that_cannot_be_written_does_no_harm(file: Path) -> None:
    (file.parent / "__pycache__").write_text("a file stands in its place")
    assert read_table(file)["a"] == 1


def test_what_is_no_table_is_refused(file: Path) -> None:
    file.write_text("a = ")
    with pytest.raises(ValueError, match="Invalid value"):
        read_table(file)


def test_garbage_is_collected_seldom_while_serving_and_as_before_afterwards() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    assert gc.isenabled()
    with seldom_collection() as begin:
        assert not gc.isenabled()
        asyncio.run(begin())  # type: ignore[arg-type]
        assert gc.isenabled()
        first, second, _ = gc.get_threshold()
        assert first >= before[0]  # newer Pythons begin with as much
        assert second > before[1]
        assert gc.get_freeze_count() > frozen
    assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()) == (True, before, 0)


def test_a_server_that_is_stopped_before_it_begins_closes_its_socket() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(), log_config=None, lifespan="off", ws="none")
    config.load()
    server = Server(config)
    server.stop()
    asyncio.run(server.serve([listener]))
    assert listener.fileno() == -1


def test_who_collects_nothing_goes_on_so() -> None:
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_windows_zone_is_found_without_listing_all_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "available_timezones", lambda: pytest.fail("all zones were listed"))
    assert str(times.zone("aTLANTIC standard time")) == "America/Halifax"


def test_an_iana_zone_in_other_capitals_is_found_last() -> None:
    assert str(times.zone("eUROPE/bERLIN")) == "Europe/Berlin"
    assert times.zone("Europe/Nowhere") is None


# what a start and a first list do without, each slow enough to notice; a module that needs one again imports it late
_LATE = (
    "certificates", "commands.kept_state", "contract.connector", "contract.page", "events.callbacks", "events.courier",
    "events.notifications", "faults.rule", "identity.tokens", "keys", "masking", "odata.filter", "odata.selection",
    "store.export", "store.recipe", "stubs.parse", "wire.batch", "wire.damage", "wire.guard",
)  # fmt: skip
_FIRST_LIST = """
import subprocess
import sys
import bookings_emulator.commands.serve
from bookings_emulator.app import create_app

path = "/v1.0/solutions/bookingBusinesses/ContosoDental@contoso.onmicrosoft.com/appointments"
headers = [(b"host", b"localhost:8365"), (b"authorization", b"Bearer administrator")]
scope = {
    "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers,
    "scheme": "http", "server": ("127.0.0.1", 8365), "root_path": "",
}
answer = create_app().answer(scope, b"")
assert answer is not None and answer.status == 200, answer
print(*(each for each in sys.argv[1:] if f"bookings_emulator.{each}" in sys.modules))
"""


def test_a_first_list_imports_nothing_that_it_does_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", _FIRST_LIST, *_LATE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr
