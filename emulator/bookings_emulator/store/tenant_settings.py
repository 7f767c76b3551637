"""The settings of a tenant that change its booking pages, as its administrators would set them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from bookings_emulator.problem import did_you_mean


class SettingError(Exception):
    """No such setting, or no such value; the message says what there is."""


@cache
def _default_settings() -> Mapping[str, bool]:
    from bookings_emulator.contract.page import load_page

    return {each.name: bool(each.silent) for each in load_page().types["settings"]}


def default_settings() -> dict[str, bool]:
    """Every setting by its name, as it is where nobody says otherwise."""
    return dict(_default_settings())


class TenantSettings:
    """The settings of one tenant; what is not said stands by default."""

    def __init__(self) -> None:
        self._given: dict[str, bool] = {}

    def __getitem__(self, name: str) -> bool:
        return self._given[name] if name in self._given else _default_settings()[name]

    def all(self) -> dict[str, bool]:
        """Every setting by its name."""
        return default_settings() | self._given

    def set(self, given: Mapping[str, Any]) -> None:
        """Change those that are given; all or none. Raises SettingError."""
        if not given:
            return  # most fixtures say nothing, and then the contract of the page is not read
        known = default_settings()
        for name, value in given.items():
            if name not in known:
                hint = did_you_mean(name, known)
                raise SettingError(f"unknown setting '{name}'; expected one of {', '.join(known)}{hint}")
            if not isinstance(value, bool):
                raise SettingError(f"{name} must be true or false; got {value!r}")
        self._given = {**self._given, **given}

    @property
    def given(self) -> dict[str, bool]:
        """Those that were said, by name."""
        return dict(self._given)

    def save(self) -> dict[str, bool]:
        """What `restore` needs."""
        return self._given

    def restore(self, saved: dict[str, bool]) -> None:
        """Stand as they stood when `save` was called."""
        self._given = saved
