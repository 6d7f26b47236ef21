"""A certificate for a server on a network of one's own, where nobody issues one.

    python make_certificate.py FOLDER NAME…

Names are host names and IP addresses. Writes into FOLDER the authority, ``ca.pem`` and ``ca.key``, where there is none
yet, and a certificate under it, ``server.pem`` and ``server.key``; the same call renews that one, and who trusts the
authority notices nothing. Needs the package ``cryptography`` only, which kehuma brings.
"""

import argparse
import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Some systems take no certificate of a server that is valid for longer, whoever has issued it.
_SERVER_DAYS, _AUTHORITY_DAYS = 397, 3650
# Clocks differ.
_EARLIER = timedelta(days=1)

Key = ec.EllipticCurvePrivateKey
Authority = tuple[x509.Certificate, Key]


def main(words: Sequence[str] | None = None) -> None:
    """Make what the command line asks for, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+", metavar="NAME")
    given = parser.parse_args(words)
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = datetime.now(UTC)  # noqa: TID251 - a script has no other clock
    authority = _authority(given.folder, now)
    certificate, key = _server(given.names, authority, now)
    _write_key(given.folder / "server.key", key)
    (given.folder / "server.pem").write_bytes(_pem(certificate))
    print(f"{given.folder / 'server.pem'}: {', '.join(given.names)}, {certificate.not_valid_after_utc:%Y-%m-%d}")
    print(f"{given.folder / 'ca.pem'}: {authority[0].fingerprint(hashes.SHA256()).hex(':').upper()}")


def _authority(folder: Path, now: datetime) -> Authority:
    certificate, key = folder / "ca.pem", folder / "ca.key"
    if key.exists():
        held = serialization.load_pem_private_key(key.read_bytes(), None)
        if not isinstance(held, Key):
            raise SystemExit(f"{key}: not a key that this program has made")
        return x509.load_pem_x509_certificate(certificate.read_bytes()), held
    fresh = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kehuma CA")])
    usage = {"key_cert_sign": True, "crl_sign": True}
    made = (
        _begun(name, name, fresh, now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(**usage), critical=True)
        .sign(fresh, hashes.SHA256())
    )
    _write_key(key, fresh)
    certificate.write_bytes(_pem(made))
    return made, fresh


def _server(names: Sequence[str], authority: Authority, now: datetime) -> Authority:
    issuer, issuing = authority
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = (
        _begun(subject, issuer.subject, key, now, _SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return made.sign(issuing, hashes.SHA256()), key


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(**wanted: bool) -> x509.KeyUsage:
    kinds = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{kind: wanted.get(kind, False) for kind in kinds})


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: Key) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{path.name}.part")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    draft.replace(path)


if __name__ == "__main__":
    main()
