"""Keys, certificates and kubeconfigs of one lab, made anew for each start: nothing secret outlives it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = dt.timedelta(days=365)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key as files."""

    cert: Path
    key: Path


class Authority:
    """A certificate authority whose files lie in `folder` under `name`; `Authority.load` finds it again."""

    def __init__(self, folder: Path, name: str, cert: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.folder = folder
        self.pair = Pair(folder / f"{name}.crt", folder / f"{name}.key")
        self._cert = cert
        self._key = key

    @classmethod
    def create(cls, folder: Path, name: str) -> "Authority":
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"lab-{name}", ())
        cert = (
            _builder(subject, subject, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signing=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(Pair(folder / f"{name}.crt", folder / f"{name}.key"), cert, key)
        return cls(folder, name, cert, key)

    @classmethod
    def load(cls, folder: Path, name: str) -> "Authority":
        key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(folder, name, x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes()), key)

    def client(self, file: str, user: str, groups: Sequence[str] = ()) -> Pair:
        """A client certificate: Kubernetes takes its CN for the user and each O for a group."""
        return self._issue(file, _name(user, groups), (), ExtendedKeyUsageOID.CLIENT_AUTH)

    def serving(self, file: str, user: str, hosts: Sequence[str], groups: Sequence[str] = ()) -> Pair:
        """A server certificate for these DNS names and addresses."""
        return self._issue(file, _name(user, groups), hosts, ExtendedKeyUsageOID.SERVER_AUTH)

    def _issue(self, file: str, subject: x509.Name, hosts: Sequence[str], use: x509.ObjectIdentifier) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(subject, self._cert.subject, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signing=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        )
        if hosts:
            names = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        pair = Pair(self.folder / f"{file}.crt", self.folder / f"{file}.key")
        _write(pair, builder.sign(self._key, hashes.SHA256()), key)
        return pair


def signing_key(folder: Path) -> Pair:
    """The key that signs ServiceAccount tokens; `cert` is its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pair = Pair(folder / "sa.pub", folder / "sa.key")
    public = key.public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pair.cert.write_bytes(public.public_bytes(serialization.Encoding.PEM, form))
    _write_key(pair.key, key)
    return pair


def kubeconfig(path: Path, server: str, authority: Path, user: Pair) -> Path:
    """A kubeconfig that names its files: `server` as this user, trusting this authority."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": "lab", "user": {"client-certificate": str(user.cert), "client-key": str(user.key)}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
    }
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    path.chmod(0o600)
    return path


def _name(common: str, groups: Sequence[str]) -> x509.Name:
    organisations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organisations, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: PrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + VALID)
    )


def _usage(*, signing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=not signing,
        key_cert_sign=signing,
        crl_sign=signing,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(pair: Pair, cert: x509.Certificate, key: PrivateKey) -> None:
    pair.cert.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    _write_key(pair.key, key)


def _write_key(path: Path, key: PrivateKey) -> None:
    form = serialization.PrivateFormat.PKCS8
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
