"""How the process starts and keeps house: tables kept beside the byte code, garbage, the names of zones."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from pathlib import Path

import pytest
import uvicorn

from bookings_emulator import create_app, times
from bookings_emulator.contract.tables import read_table
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
