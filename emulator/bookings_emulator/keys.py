"""The keys that follow from a word: that of tokens from the seed, that of an application from its name.

The same word, the same key, in every process. None is a secret: whoever knows the word can make the key.
"""

from __future__ import annotations

from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1, sha256
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from bookings_emulator.caches import keep_answers

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

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


def key_of(seed: int) -> RSAPrivateKey:
    """The RSA key that signs the tokens of a seed; knowing the seed, they can be made beside a running emulator."""
    return _key(f"key {seed}")


class Certificate(NamedTuple):
    """What is known of the certificate of an application: its two thumbprints, its public key, its time."""

    sha1: bytes
    sha256: bytes
    key: RSAPublicKey
    start: datetime
    end: datetime


@keep_answers(64)
def certificate_of(name: str) -> Certificate:
    """The certificate of an application that has none of its own, by the name of its persona."""
    return _read(_own(name))


@keep_answers(256, 10_000)
def read_certificate(text: str) -> Certificate:
    """A certificate with an RSA key, as PEM or as the base64 of its DER form. Raises ValueError."""
    from cryptography import x509

    is_pem = "-----BEGIN" in text
    try:
        if is_pem:
            return _read(x509.load_pem_x509_certificate(text.encode()))
        return _read(x509.load_der_x509_certificate(b64decode("".join(text.split()), validate=True)))
    except ValueError as error:
        shown = text if len(text) <= 40 else f"{text[:40]} …"
        hint = "the text of an RSA certificate, as PEM or as the base64 of DER"
        raise ValueError(f"expected {hint}; got '{shown}': {error}") from error


def pem_of(name: str) -> str:
    """Private key and certificate of such an application, as one PEM text: what a client signs its assertions with."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = _key(f"application {name}").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (key + _own(name).public_bytes(Encoding.PEM)).decode()


def _own(name: str) -> x509.Certificate:
    return _certificate(_key(f"application {name}"), name, f"application {name}")


def _read(certificate: x509.Certificate) -> Certificate:
    """Raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding

    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("its key is not an RSA key")
    der = certificate.public_bytes(Encoding.DER)
    hashes = sha1(der, usedforsecurity=False).digest(), sha256(der).digest()
    return Certificate(*hashes, key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


@keep_answers(64)
def _key(word: str) -> RSAPrivateKey:
    """The RSA key of a word. Takes about half a second, once in a process, when it is first needed."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    chance = Random(word)
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
    issuer = "accounts.accesscontrol.windows.net"
    certificate = _certificate(key_of(seed), issuer, f"certificate {seed}").public_bytes(Encoding.DER)
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


def _certificate(key: RSAPrivateKey, name: str, word: str) -> x509.Certificate:
    """A certificate that a key signed for itself; the serial number follows from a word."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import NameOID

    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    serial = int.from_bytes(sha256(word.encode()).digest()[:16], "big") >> 1
    return x509.CertificateBuilder(names, names, key.public_key(), serial, _FIRST, _LAST).sign(key, SHA256())
