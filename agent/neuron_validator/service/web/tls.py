"""``tls_server_config`` as Python's TLS takes it."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from .configuration import TlsConfig
from .errors import WebConfigError

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENT_AUTH = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
# Go's names of what crypto/tls.CipherSuites() returns -> OpenSSL's. https://pkg.go.dev/crypto/tls#pkg-constants
_TLS12_SUITES: Mapping[str, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
# Neither Go nor Python before 3.15 chooses among these: naming them is allowed and changes nothing.
_TLS13_SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_FOR_OTHERS = stat.S_IROTH | stat.S_IWOTH


def make_context(config: TlsConfig) -> ssl.SSLContext:
    """Return what new connections are wrapped with; every file is read anew."""
    _check_key_mode(config.key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[config.min_version]
    context.maximum_version = _VERSIONS[config.max_version]
    if config.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    _choose_ciphers(context, config)
    _load_certificate(context, config)
    if config.client_ca_file is not None:
        _load_client_ca(context, config.client_ca_file)
    context.verify_mode = _CLIENT_AUTH[config.client_auth_type]
    return context


def openssl_names(suites: Sequence[str]) -> tuple[str, ...]:
    """
    Return OpenSSL's names for Go's *suites* of TLS 1.2, in their order.

    ``TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`` -> ``ECDHE-RSA-AES128-GCM-SHA256``
    """
    known = (*_TLS12_SUITES, *_TLS13_SUITES)
    for name in suites:
        if name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0)[0]
            raise WebConfigError(f"tls_server_config.cipher_suites: unknown suite {name!r}, did you mean {close!r}?")
    return tuple(_TLS12_SUITES[name] for name in suites if name in _TLS12_SUITES)


def _choose_ciphers(context: ssl.SSLContext, config: TlsConfig) -> None:
    """Allow only the suites asked for."""
    if not config.cipher_suites:
        return
    names = openssl_names(config.cipher_suites)
    if not names:
        if config.max_version != "TLS13":
            raise WebConfigError("tls_server_config.cipher_suites: none of them is for TLS 1.2, the max_version")
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return
    try:
        context.set_ciphers(":".join(names))
    except ssl.SSLError as error:
        raise WebConfigError(f"tls_server_config.cipher_suites: OpenSSL here has none of {', '.join(names)}") from error


def _check_key_mode(path: str) -> None:
    """Refuse a private key that everybody on the machine may read."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a mode, not a path, is wanted
    except OSError as error:
        raise WebConfigError(f"tls_server_config.key_file: {path}: {error.strerror}") from error
    if mode & _FOR_OTHERS:
        raise WebConfigError(
            f"tls_server_config.key_file: {path}: everybody may read or write it (mode {stat.S_IMODE(mode):04o}); "
            f"chmod o-rwx {path}"
        )


def _load_certificate(context: ssl.SSLContext, config: TlsConfig) -> None:
    """Load the certificate and its key, without ever asking for a passphrase."""
    try:
        context.load_cert_chain(config.cert_file, config.key_file, password=_no_passphrase)
    except OSError as error:  # ssl.SSLError is one, with a reason of OpenSSL's
        reason = getattr(error, "reason", None) or error.strerror
        raise WebConfigError(f"tls_server_config: {config.cert_file} and {config.key_file}: {reason}") from error


def _no_passphrase() -> str:
    raise WebConfigError("tls_server_config.key_file: it is encrypted, and nobody is here to type its passphrase")


def _load_client_ca(context: ssl.SSLContext, path: str) -> None:
    """Load those whose signature on a client's certificate counts."""
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise WebConfigError(f"tls_server_config.client_ca_file: {path}: no certificate in it") from error
    except OSError as error:
        raise WebConfigError(f"tls_server_config.client_ca_file: {path}: {error.strerror}") from error
