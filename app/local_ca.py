"""A certificate authority of this machine, so that a phone on the same network can try the app: service workers need HTTPS."""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NAME = "Doorstep local authority"
# iOS refuses leaf certificates of more than 825 days, and authorities without a name.
_LEAF_DAYS, _AUTHORITY_DAYS = 397, 3650


class Certificate(NamedTuple):
    """Files of the server's certificate and key and of the authority to install on the phone, and the host they are for."""

    certificate: Path
    key: Path
    authority: Path
    host: str


def lan_address() -> str:
    """This machine's address on the local network; loopback when it has none. Opens no connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # A UDP "connection" sends nothing; it only chooses the interface. 192.0.2.1 is reserved for documentation.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def issue(data_dir: Path) -> Certificate:
    """The certificate for this machine's present address; authority and key are kept in `data_dir/tls`, owner-only."""
    folder = data_dir / "tls"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    host = lan_address()
    authority_file, authority_key = folder / "authority.crt", folder / "authority.key"
    if not authority_file.exists():
        _make_authority(authority_file, authority_key)
    result = Certificate(folder / f"{host}.crt", folder / f"{host}.key", authority_file, host)
    if not result.certificate.exists() or _expired(result.certificate):
        _make_leaf(result, authority_key)
    return result


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _make_authority(path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(_NAME), _name(_NAME), key, _AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    _write(key_path, _key_bytes(key))
    _write(path, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _make_leaf(target: Certificate, authority_key: Path) -> None:
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{authority_key} is no EC key")
    key = ec.generate_private_key(ec.SECP256R1())
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address(target.host)}
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), *map(x509.IPAddress, sorted(addresses, key=str))])
    builder = _builder(_name(target.host), _name(_NAME), key, _LEAF_DAYS)
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    _write(target.key, _key_bytes(key))
    _write(target.certificate, builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _expired(path: Path) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_after_utc < datetime.now(UTC) + timedelta(days=7)
