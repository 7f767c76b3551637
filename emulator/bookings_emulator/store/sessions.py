"""What the identity platform remembers between two calls: codes, device codes, refresh tokens, revocations."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from bookings_emulator.ids import guid

CAPACITY = 10_000  # of each kind; the oldest goes first
HEAVIEST = 16 * 1024 * 1024  # characters of each kind
_LIGHT = HEAVIEST // CAPACITY
CODE_LIFETIME = timedelta(minutes=10)
DEVICE_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=90)
PAGE_LIFETIME = timedelta(days=1)  # of refresh tokens of single page applications, not extended by use
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"  # of user codes: nothing that looks like another


class Grant(NamedTuple):
    """What a person granted an application: who, to which application, for what, until when.

    `scopes` are as they were asked for. A code keeps the `redirect_uri` and the PKCE challenge it was asked with;
    `is_used` marks one that was redeemed. `platform` is what the address of the sign-in was registered for.
    """

    persona: str
    client_id: str
    scopes: tuple[str, ...]
    expires: datetime
    nonce: str | None = None
    redirect_uri: str | None = None
    challenge: str | None = None
    challenge_method: str = "plain"
    is_used: bool = False
    platform: str | None = None


class Device(NamedTuple):
    """A device that waits for a person. `persona` is who approved it, `is_declined` that somebody said no."""

    code: str
    user_code: str
    client_id: str
    scopes: tuple[str, ...]
    expires: datetime
    persona: str | None = None
    is_declined: bool = False


class Sessions:
    """Codes, devices and refresh tokens by their secret word; who was revoked since when, in seconds since 1970."""

    def __init__(self, seed: int) -> None:
        self.codes: dict[str, Grant] = {}
        self.devices: dict[str, Device] = {}
        self.refreshes: dict[str, Grant] = {}
        self.revoked: dict[str, int] = {}
        self.meanings: dict[str, Any] = {}  # what bearer tokens were found to mean; forgotten with any reset
        self._seed = f"sessions {seed}"
        self._made: Random | None = None

    def save(self) -> Any:
        """What `restore` needs."""
        kept = (self.codes, self.devices, self.refreshes, self.revoked)
        return tuple(copy(each) for each in kept), self._seed, self._made and self._made.getstate()

    def restore(self, saved: Any) -> None:
        """Stand as they stood when `save` was called."""
        (self.codes, self.devices, self.refreshes, self.revoked) = (copy(each) for each in saved[0])
        self._seed, self._made = saved[1], None
        if saved[2] is not None:
            self._random.setstate(saved[2])
        self.meanings.clear()

    @property
    def _random(self) -> Random:
        """Chance of its own, so that signing in does not change the ids of records; few tenants need it."""
        self._made = self._made or Random(self._seed)
        return self._made

    def guid(self) -> str:
        """A GUID for traces, sessions and tokens."""
        return guid(self._random.getrandbits(128))

    def word(self, prefix: str) -> str:
        """A secret word: the prefix and 43 letters, digits, dashes and underscores."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return prefix + "".join(self._random.choices(letters, k=43))

    def keep_code(self, grant: Grant) -> str:
        """A new authorization code."""
        return _keep(self.codes, self.word("0.A"), grant)

    def keep_refresh(self, grant: Grant) -> str:
        """A new refresh token."""
        return _keep(self.refreshes, self.word("0.R"), grant)

    def keep_device(self, client_id: str, scopes: tuple[str, ...], now: datetime) -> Device:
        """A new device that waits."""
        user_code = "".join(self._random.choices(_LETTERS, k=9))
        device = Device(self.word("D"), user_code, client_id, scopes, now + DEVICE_LIFETIME)
        _keep(self.devices, device.code, device)
        return device

    def device(self, user_code: str) -> Device | None:
        """The device that shows a code; blanks, dashes and case do not matter."""
        wanted = user_code.replace("-", "").replace(" ", "").upper()
        return next((each for each in self.devices.values() if each.user_code == wanted), None)

    def waiting(self, now: datetime) -> Iterator[Device]:
        """The devices that nobody has answered yet."""
        for each in self.devices.values():
            if each.persona is None and not each.is_declined and each.expires > now:
                yield each

    def decide(self, device: Device, persona: str | None) -> None:
        """Approve a device as a person, or decline it by None."""
        self.devices[device.code] = device._replace(persona=persona, is_declined=persona is None)

    def revoke(self, persona: str, now: datetime) -> int:
        """Let no token of a persona pass that was issued until now; the second since which they are good again."""
        since = int(now.timestamp()) + 1
        self.revoked[persona] = since
        self.refreshes = {word: grant for word, grant in self.refreshes.items() if grant.persona != persona}
        return since


def _keep(kept: dict[str, Any], word: str, value: Any) -> str:
    kept[word] = value
    too_many = len(kept) - CAPACITY
    if _weight(value) > _LIGHT:  # only then may all of them have become too heavy
        too_heavy = sum(map(_weight, kept.values())) - HEAVIEST
        for each in kept.values():
            if too_heavy <= 0:
                break
            too_heavy -= _weight(each)
            too_many = max(too_many, 0) + 1
    for _ in range(too_many):
        del kept[next(iter(kept))]
    return word


def _weight(value: Grant | Device) -> int:
    """About how many characters are kept of what an application sent."""
    texts = (each for part in value for each in (part if isinstance(part, tuple) else (part,)))
    return sum(len(each) for each in texts if isinstance(each, str))
