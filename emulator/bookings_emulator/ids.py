"""GUIDs derived from bits or from names, always in the same way."""

from __future__ import annotations

from random import Random

from bookings_emulator.caches import keep_answers


def guid(bits: int) -> str:
    """128 bits as a GUID of version 4, lower case with dashes."""
    digits = f"{bits & ~(0xF << 76) & ~(0x3 << 62) | (0x4 << 76) | (0x2 << 62):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@keep_answers(1024)
def guid_of(kind: str, name: str) -> str:
    """The GUID that belongs to a name (of a tenant, a persona, an application), the same in every run."""
    return guid(Random(f"{kind} {name}").getrandbits(128))
