"""All tenants of a process, found by name, GUID or domain: the default one and those created later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, NamedTuple

from bookings_emulator.tenant import Start, Tenant

MAXIMUM = 10_000
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class TenantError(Exception):
    """A tenant cannot be made or found; the message says what was expected and what came."""


class UnknownTenant(TenantError):
    """No such tenant."""


class Https(NamedTuple):
    """How https is served beside http.

    `pem` is the certificate of the authority, `ca` the file that holds it, None if no folder could be written,
    `is_kept` whether that file stays at the end.
    """

    port: int
    pem: bytes
    ca: str | None
    is_kept: bool


class Tenants:
    """The tenants by name. `default` is the one that plain URLs lead to when neither token nor login path names one.

    `https` is set by who listens by https as well, `app` by the application whose tenants they are. `waiting` are the
    calls of the control plane that wait for something to happen, as what makes them wait no longer. `on_drop` is called
    with every tenant that goes.
    """

    def __init__(self, default: Tenant) -> None:
        check_names(default.name, default.domain)
        self.waiting: set[Callable[[], None]] = set()
        self.on_drop: list[Callable[[Tenant], object]] = []
        self.https: Https | None = None
        self.app: Any = None
        self.default = default
        self.settings = default.settings
        self._by_name = {default.name: default}
        self._by_word = dict.fromkeys(default.words, default)
        self._used: dict[str, float] = {}
        self._made = 0
        self.url = default.settings.public_url
        default.find_root = self._root_of(default)
        default.find_other = self._other_than(default)

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Tenant]:
        return iter(list(self._by_name.values()))

    def find(self, word: str) -> Tenant | None:
        """The tenant of a name, GUID or domain, without regard to case."""
        found = self._by_word.get(word.lower())
        if found is not None and found is not self.default:
            self._used[found.name] = monotonic()
        return found

    def serve_at(self, url: str) -> None:
        """Have the links of pages lead to where the emulator listens, unless they lead elsewhere by the settings."""
        if self.settings.public_url is None and url != self.url:
            self.url = url
            for each in self:
                each.store.forget_shown()

    def _root_of(self, tenant: Tenant) -> Callable[[], str | None]:
        """What finds the address below which a tenant is; None where nobody listens."""

        def find_root() -> str | None:
            if self.url is None or tenant is self.default:
                return self.url
            return f"{self.url}/tenants/{tenant.name}"

        return find_root

    def _other_than(self, tenant: Tenant) -> Callable[[str], Tenant | None]:
        """What finds the others for a tenant."""

        def find_other(word: str) -> Tenant | None:
            found = self._by_word.get(word.lower())
            return None if found is tenant else found

        return find_other

    def create(self, start: Start, name: str | None = None, domain: str | None = None) -> Tenant:
        """A new tenant; without a name it is called `t1`, `t2` and so on. Raises TenantError and FixtureError."""
        self.expire()
        if len(self) >= MAXIMUM:
            raise TenantError(
                f"{MAXIMUM} tenants exist, which is the limit; DELETE /_emulator/tenants/{{name}} removes one"
            )
        if name is None:
            name = self._free_name()
        check_names(name, domain)
        tenant = Tenant(start, self.settings, name=name, domain=domain)
        for word in tenant.words:
            if word in self._by_word:
                raise TenantError(f"'{word}' already names the tenant '{self._by_word[word].name}'")
        tenant.find_other = self._other_than(tenant)
        tenant.find_root = self._root_of(tenant)
        self._by_name[name] = tenant
        self._by_word |= dict.fromkeys(tenant.words, tenant)
        self._used[name] = monotonic()
        return tenant

    def drop(self, word: str) -> None:
        """Forget a tenant. Raises TenantError for an unknown one and for the default one."""
        tenant = self.find(word)
        if tenant is None:
            raise UnknownTenant(f"there is no tenant '{word}'")
        if tenant is self.default:
            raise TenantError("the default tenant cannot be dropped; POST /_emulator/reset resets it to its fixtures")
        self._forget(tenant)

    def expire(self) -> None:
        """Forget those that nobody has used for longer than `settings.idle` seconds."""
        if self.settings.idle is None:
            return
        latest = monotonic() - self.settings.idle
        for name in [each for each, used in self._used.items() if used < latest]:
            self._forget(self._by_name[name])

    def _forget(self, tenant: Tenant) -> None:
        del self._by_name[tenant.name], self._used[tenant.name]
        tenant.deliveries.close()
        tenant.stream.close()
        for each in self.on_drop:
            each(tenant)
        for word in tenant.words:
            self._by_word.pop(word, None)

    def _free_name(self) -> str:
        while True:
            self._made += 1
            if f"t{self._made}" not in self._by_name:
                return f"t{self._made}"


def check_names(name: str, domain: str | None) -> None:
    """Refuse what cannot stand in a URL. Raises TenantError."""
    check_name(name)
    if domain is not None:
        check_domain(domain)


def check_name(name: str) -> None:
    """Refuse the name of a tenant that cannot stand in a URL. Raises TenantError."""
    if not _NAME.fullmatch(name):
        raise TenantError(
            f"a name may contain lower-case letters, digits, dots, dashes and underscores; got {name[:200]!r}"
        )


def check_domain(domain: str) -> None:
    """Refuse a mail domain that is no host name. Raises TenantError."""
    if not _DOMAIN.fullmatch(domain):
        raise TenantError(f"a domain must be a host name such as contoso.onmicrosoft.com; got {domain[:200]!r}")
