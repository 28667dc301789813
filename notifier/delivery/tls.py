"""Trust: which certificates are believed and which TLS is spoken. One context serves everybody."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import certifi


def tls_context(extra_ca: Sequence[Path] = ()) -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and name always checked against certifi's list.

    ``extra_ca`` are PEM files of the operator's own authorities. Made by hand and not by
    ``ssl.create_default_context``, which would obey SSL_CERT_FILE and SSLKEYLOGFILE from the
    environment. Raises OSError or ssl.SSLError when a file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=certifi.where())
    for path in extra_ca:
        context.load_verify_locations(cafile=path)
    context.set_alpn_protocols(["http/1.1"])
    return context


_REASONS = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the certificate's authority is not trusted",
    20: "the certificate's authority is not trusted",
    21: "the certificate's authority is not trusted",
    23: "the certificate was revoked",
    62: "the certificate is for another name",
    64: "the certificate is for another address",
}
"""OpenSSL's X509_V_ERR numbers (x509_vfy.h); its own texts would name the host."""


def tls_reason(error: OSError) -> str:
    """Why a handshake failed, in words that name nobody."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _REASONS.get(error.verify_code, "the certificate is not valid")
    if isinstance(error, ssl.SSLError):
        return "no common version or cipher, or not TLS at all"
    return "the handshake was cut off"
