"""The key that tokens are signed with. It follows from the seed: the same seed, the same key, in every process."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1, sha256
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_BITS = 1024  # of each of the two primes
_EXPONENT = 65537
_SIEVE = 50_000  # candidates with a smaller divisor are not worth a test
_FIRST, _LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


def base64url(content: bytes) -> str:
    """Bytes as tokens hold them: base64 for URLs without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def kid_of(seed: int) -> str:
    """The name of the key of a seed, known without making the key: 27 characters, as those of the real service."""
    return base64url(sha1(f"key {seed}".encode(), usedforsecurity=False).digest())


@lru_cache(maxsize=64)
def key_of(seed: int) -> RSAPrivateKey:
    """The RSA key of a seed. Takes about half a second, once in a process, with the first token that needs it.

    No secret: whoever knows the seed can make tokens. That is what lets a token be made beside a running emulator.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    chance = Random(f"key {seed}")
    larger, smaller = sorted((_prime(chance), _prime(chance)), reverse=True)
    exponent = pow(_EXPONENT, -1, (larger - 1) * (smaller - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=larger,
        q=smaller,
        d=exponent,
        dmp1=exponent % (larger - 1),
        dmq1=exponent % (smaller - 1),
        iqmp=pow(smaller, -1, larger),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, larger * smaller),
    )
    return numbers.private_key()  # checks that both are primes


@lru_cache(maxsize=64)
def jwk_of(seed: int) -> dict[str, Any]:
    """The public half as an entry of the keys document, with a certificate as the real service has it."""
    from cryptography.hazmat.primitives.serialization import Encoding

    numbers = key_of(seed).public_key().public_numbers()
    certificate = _certificate(seed).public_bytes(Encoding.DER)
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": kid_of(seed),
        "x5t": base64url(sha1(certificate, usedforsecurity=False).digest()),
        "n": base64url(numbers.n.to_bytes(2 * _BITS // 8, "big")),
        "e": base64url(numbers.e.to_bytes(3, "big")),
        "x5c": [b64encode(certificate).decode()],
    }


def _prime(chance: Random) -> int:
    """A prime whose two highest bits are set, so that the product of two has the full length."""
    while True:
        start = chance.getrandbits(_BITS) | 3 << (_BITS - 2) | 1
        for candidate in _without_small_divisors(start):
            # Fermat's test is enough for numbers by chance; the key is checked once more when it is made
            if candidate % _EXPONENT != 1 and pow(2, candidate - 1, candidate) == 1:
                return candidate


def _without_small_divisors(start: int, count: int = 8192) -> list[int]:
    """The odd numbers from an odd `start` on, without those that a small prime divides."""
    is_left = bytearray([1]) * count
    for prime in _small_primes():
        first = (-start * ((prime + 1) // 2)) % prime  # start + 2 * first is the first multiple
        is_left[first::prime] = bytes(len(range(first, count, prime)))
    return [start + 2 * index for index in range(count) if is_left[index]]


@lru_cache(maxsize=1)
def _small_primes() -> list[int]:
    is_prime = bytearray([1]) * _SIEVE
    for number in range(2, int(_SIEVE**0.5) + 1):
        if is_prime[number]:
            is_prime[number * number :: number] = bytes(len(range(number * number, _SIEVE, number)))
    return [number for number in range(3, _SIEVE) if is_prime[number]]


def _certificate(seed: int) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import NameOID

    key = key_of(seed)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.windows.net")])
    serial = int.from_bytes(sha256(f"certificate {seed}".encode()).digest()[:16], "big") >> 1
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, _FIRST, _LAST)
    return builder.sign(key, SHA256())
