"""The certificates of https: our own authority, and a certificate it signs for the emulator's host names."""

from __future__ import annotations

import os
import re
import socket
import ssl
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustme import CA, LeafCert

CA_FILE = "bookings-emulator-ca.pem"
KEY_FILE = "bookings-emulator-ca-key.pem"
HOSTS = ("localhost", "127.0.0.1", "::1", "host.docker.internal")
_LIFETIME = timedelta(days=397)  # the longest that browsers take

# what a certificate can name; a machine may be called otherwise, such as my_laptop
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


class CertificateError(Exception):
    """The authority cannot be read or written; the message says where and why."""


def kept_authority(folder: Path) -> tuple[CA, Path]:
    """The authority that is kept in a folder, made where there is none, and the file of its certificate.

    Beside it stands its key, which only its owner can read. Raises CertificateError.
    """
    import trustme

    certificate, key = folder / CA_FILE, folder / KEY_FILE
    try:
        if certificate.exists() and key.exists():
            return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes()), certificate
        if certificate.exists() or key.exists():
            there, gone = (certificate, KEY_FILE) if certificate.exists() else (key, CA_FILE)
            raise CertificateError(f"{there} exists but {gone} is missing; restore it, or remove {there}")
        made = _made()
        folder.mkdir(parents=True, exist_ok=True)
        _write(key, made.private_key_pem.bytes(), 0o600)
        _write(certificate, made.cert_pem.bytes(), 0o644)
    except (OSError, ValueError) as error:
        raise CertificateError(f"cannot keep the certificate authority in {folder}: {error}") from error
    return made, certificate


def passing_authority(port: int) -> tuple[CA, Path | None]:
    """An authority for one run on a port, and the file of its certificate among the temporary ones; no key is written.

    Who asks for it removes the file at the end. On a read-only file system there is no file: None. Raises
    CertificateError.
    """
    made = _made()
    try:
        folder = Path(tempfile.gettempdir())
    except OSError:
        return made, None
    file = folder / f"bookings-emulator-{port}-ca.pem"
    try:
        _write(file, made.cert_pem.bytes(), 0o644)
    except OSError as error:
        raise CertificateError(f"cannot write {file}: {error.strerror}; give --ca-folder") from error
    return made, file


def server_context(authority: CA, hosts: tuple[str, ...] = ()) -> ssl.SSLContext:
    """What a listener of https needs: a certificate for this machine and further host names.

    Raises CertificateError, and ValueError for a name that no certificate can have.
    """
    own = socket.gethostname()
    names = dict.fromkeys((*HOSTS, *([own] if _HOST_NAME.fullmatch(own) else ()), *hosts))
    leaf = authority.issue_cert(*names, not_after=datetime.now(UTC) + _LIFETIME)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        _load(context, leaf)
    except OSError as error:
        raise CertificateError(f"cannot load the https certificate, which has to be a file: {error}") from error
    return context


def _load(context: ssl.SSLContext, leaf: LeafCert) -> None:
    """Load a certificate with its key, which OpenSSL reads from a file: on Linux from one in memory."""
    if sys.platform != "linux":
        _need_temporary_folder()
        leaf.configure_cert(context)
        return
    with os.fdopen(os.memfd_create("bookings-emulator"), "wb") as file:
        file.write(leaf.private_key_and_cert_chain_pem.bytes())
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")


def _need_temporary_folder() -> None:
    """Raise CertificateError if no temporary file can be written."""
    try:
        tempfile.gettempdir()
    except OSError as error:
        hint = "set TMPDIR to a writable folder"
        raise CertificateError(f"https needs a writable folder for temporary files; {hint}") from error


def _made() -> CA:
    import trustme

    return trustme.CA(organization_name="bookings-emulator", organization_unit_name="for tests on this machine")


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file anew, never through a link that somebody else put there."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target:
        target.write(content)
