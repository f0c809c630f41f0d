"""TLS contexts from the PEM texts that kubeconfigs and login plugins give."""

from __future__ import annotations

import ssl
import tempfile


def trusting(authority: str | None, *, insecure: bool = False) -> ssl.SSLContext:
    """A context that trusts this PEM bundle, or the system's where there is none."""
    context = ssl.create_default_context(cadata=authority)
    # As kubectl: what is given is trusted, be it a root or not, and old authorities lack what newer rules ask for.
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def present(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Show this client certificate on new connections. The ssl module takes a pair from a file only."""
    with tempfile.NamedTemporaryFile() as pair:
        pair.write(certificate + b"\n" + key)
        pair.flush()
        context.load_cert_chain(pair.name)
