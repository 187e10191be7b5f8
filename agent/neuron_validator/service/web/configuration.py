"""
The file of ``--web.config.file``, in the format of Prometheus' exporter-toolkit.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md (read 2026-11-22). What the format
has and this server cannot do is refused by name, never passed over: a file that promises more than is kept is worse
than none. Relative paths are relative to the folder of the file, as there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from neuron_collectors.facts.frozen import dataclass

from .errors import WebConfigError

if TYPE_CHECKING:
    from yaml import MappingNode

INSTALL = "pip install 'neuron-validator[web]'"

_SECTIONS = ("tls_server_config", "http_server_config", "basic_auth_users")
_TLS_KEYS = (
    *("cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version"),
    *("cipher_suites", "prefer_server_cipher_suites"),
)
_HTTP_KEYS = ("http2", "headers")
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
# What the toolkit knows beside, and why it is not done here.
_UNSUPPORTED: Mapping[str, str] = {
    "rate_limit": "not supported; connections and requests have fixed limits here",
    "tls_server_config.cert": "not supported; name a file with cert_file",
    "tls_server_config.key": "not supported; name a file with key_file",
    "tls_server_config.client_ca": "not supported; name a file with client_ca_file",
    "tls_server_config.client_allowed_sans": "not supported; use a CA that signs only the clients that you allow",
    "tls_server_config.curve_preferences": "not supported; OpenSSL's own order is used",
}
_CLIENT_AUTH_TYPES = ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_UNVERIFIED_TYPES = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")
_VERSIONS = ("TLS12", "TLS13")
_OLD_VERSIONS = ("TLS10", "TLS11")
_BCRYPT = re.compile(r"\$2[abxy]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsConfig:
    """``tls_server_config``: with which certificate to serve, and which clients to let in."""

    cert_file: str
    """``cert_file``: PEM file with the certificate and what leads to its root, "/etc/neuron-validator/web.crt"."""
    key_file: str
    """``key_file``: PEM file with its private key, "/etc/neuron-validator/web.key"."""
    client_auth_type: str = "NoClientCert"
    """``client_auth_type``, one of Go's names: "RequireAndVerifyClientCert"."""
    client_ca_file: str | None = None
    """``client_ca_file``: PEM file of those who sign the clients' certificates."""
    min_version: str = "TLS12"
    """``min_version``: "TLS12" or "TLS13"."""
    max_version: str = "TLS13"
    """``max_version``: "TLS12" or "TLS13"."""
    cipher_suites: tuple[str, ...] = ()
    """``cipher_suites``, Go's names: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"; empty: those of OpenSSL."""
    prefer_server_cipher_suites: bool = True
    """``prefer_server_cipher_suites``: whether the server's order counts, or the client's."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it names."""
        return tuple(filter(None, (self.cert_file, self.key_file, self.client_ca_file)))


@dataclass(frozen=True, kw_only=True, slots=True)
class WebConfig:
    """All that the file says."""

    tls: TlsConfig | None = None
    """``tls_server_config``; None: plain HTTP."""
    headers: Mapping[str, str]
    """``http_server_config.headers``: name -> value, empty to leave a header out."""
    users: Mapping[str, str]
    """``basic_auth_users``: name -> bcrypt hash of the password; empty: no password is asked for."""


def read_web_config(path: str) -> WebConfig:
    """Read and check the file *path*."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise WebConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WebConfigError(f"{path}: not UTF-8 text") from error
    try:
        return parse_web_config(text, directory=Path(path).parent)
    except WebConfigError as error:
        raise WebConfigError(f"{path}: {error}") from error


def parse_web_config(text: str, *, directory: Path) -> WebConfig:
    """
    Return what *text* says; paths in it are relative to *directory*.

    .. code-block:: yaml

        tls_server_config:
          cert_file: web.crt
          key_file: web.key
        basic_auth_users:
          prometheus: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG
    """
    document = _section(_load_yaml(text), "", _SECTIONS)
    tls = _section(document.get("tls_server_config"), "tls_server_config", _TLS_KEYS)
    http = _section(document.get("http_server_config"), "http_server_config", _HTTP_KEYS)
    users = _section(document.get("basic_auth_users"), "basic_auth_users", None)
    _boolean(http, "http2", "http_server_config", default=True)  # negotiated, and this server never offers it
    return WebConfig(
        tls=_tls(tls, directory) if tls else None,
        headers=_headers(http.get("headers")),
        users={name: _bcrypt_hash(name, value) for name, value in users.items()},
    )


def _load_yaml(text: str) -> object:
    """Return the document in *text*; a key that stands twice is an error, as it is for the toolkit."""
    try:
        import yaml  # noqa: PLC0415 - an extra, which a service without such a file does not need
    except ImportError as error:
        raise WebConfigError(f"reading it needs PyYAML: {INSTALL}") from error

    class Loader(yaml.SafeLoader):
        """A loader that refuses what would silently be lost."""

        def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - as PyYAML has it
            seen = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise WebConfigError(f"line {key.start_mark.line + 1}: {key.value!r} stands twice")
                seen.add(key.value)
            return dict(super().construct_mapping(node, deep))

    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WebConfigError(f"not YAML: {' '.join(str(error).split())}") from error


def _section(value: object, where: str, known: Collection[str] | None) -> dict[str, object]:
    """Return the mapping *value*, whose keys are all *known* (None: any text)."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WebConfigError(f"{where or 'the file'}: not a mapping")
    for key in value:
        spot = f"{where}.{key}" if where else str(key)
        if spot in _UNSUPPORTED:
            raise WebConfigError(f"{spot}: {_UNSUPPORTED[spot]}")
        if not isinstance(key, str):
            raise WebConfigError(f"{spot}: not a name; put it in quotes")
        if known is not None and key not in known:
            raise WebConfigError(f"{spot}: unknown key{_hint(key, known)}")
    return value


def _hint(key: str, known: Collection[str]) -> str:
    """Name the known key that is nearest to *key*; there always is one."""
    return f", did you mean {get_close_matches(key, known, n=1, cutoff=0)[0]!r}?"


def _tls(section: Mapping[str, object], directory: Path) -> TlsConfig:
    """Return ``tls_server_config``, checked as far as it can be without opening a file."""
    files = {key: _path(section, key, directory) for key in ("cert_file", "key_file", "client_ca_file")}
    cert_file, key_file = files["cert_file"], files["key_file"]
    if cert_file is None or key_file is None:
        raise WebConfigError(f"tls_server_config.{'key_file' if cert_file else 'cert_file'}: missing")
    config = TlsConfig(
        cert_file=cert_file,
        key_file=key_file,
        client_ca_file=files["client_ca_file"],
        client_auth_type=_client_auth_type(section),
        min_version=_version(section, "min_version", "TLS12"),
        max_version=_version(section, "max_version", "TLS13"),
        cipher_suites=_cipher_suites(section),
        prefer_server_cipher_suites=_boolean(section, "prefer_server_cipher_suites", "tls_server_config", default=True),
    )
    _check_together(config)
    return config


def _check_together(config: TlsConfig) -> None:
    """Refuse settings that each make sense and together do not."""
    if config.min_version > config.max_version:
        raise WebConfigError(f"tls_server_config.min_version: {config.min_version} is above {config.max_version}")
    if config.client_ca_file and config.client_auth_type == "NoClientCert":
        raise WebConfigError("tls_server_config.client_ca_file: has no effect without a client_auth_type")
    if not config.client_ca_file and config.client_auth_type != "NoClientCert":
        raise WebConfigError(f"tls_server_config.client_ca_file: missing, {config.client_auth_type} needs it")


def _client_auth_type(section: Mapping[str, object]) -> str:
    """Return which certificates are asked for; Python's TLS asks for none that it does not verify."""
    value = _text(section, "client_auth_type", "tls_server_config") or "NoClientCert"
    if value in _UNVERIFIED_TYPES:
        raise WebConfigError(
            f"tls_server_config.client_auth_type: {value} lets certificates in that nobody verified, which is not "
            f"supported; use RequireAndVerifyClientCert"
        )
    if value not in _CLIENT_AUTH_TYPES:
        raise WebConfigError(f"tls_server_config.client_auth_type: {value!r}{_hint(value, _CLIENT_AUTH_TYPES)}")
    return value


def _version(section: Mapping[str, object], key: str, default: str) -> str:
    """Return a version of TLS."""
    value = _text(section, key, "tls_server_config") or default
    if value in _OLD_VERSIONS:
        raise WebConfigError(f"tls_server_config.{key}: {value} is broken and not supported; use TLS12 or TLS13")
    if value not in _VERSIONS:
        raise WebConfigError(f"tls_server_config.{key}: {value!r} is no version of TLS{_hint(value, _VERSIONS)}")
    return value


def _cipher_suites(section: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of cipher suites, which `tls` knows."""
    value = section.get("cipher_suites")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise WebConfigError("tls_server_config.cipher_suites: not a list of names")
    return tuple(value)


def _headers(value: object) -> Mapping[str, str]:
    """Return the headers to add; the toolkit allows these and no others."""
    where = "http_server_config.headers"
    section = _section(value, where, _HEADERS)
    headers = {}
    for name in section:
        text = _text(section, name, where) or ""
        allowed = _HEADERS[name]
        if (text and allowed and text not in allowed) or not _HEADER_VALUE.fullmatch(text):
            raise WebConfigError(f"{where}.{name}: {text!r}, expected {' or '.join(allowed) or 'printable text'}")
        headers[name] = text
    return headers


def _bcrypt_hash(name: str, value: object) -> str:
    """Return the hash of a password; what it is not is not shown, for it may be the password."""
    if ":" in name:
        raise WebConfigError(f"basic_auth_users.{name}: a name has no colon, it ends at the first")
    if not isinstance(value, str) or not _BCRYPT.fullmatch(value):
        raise WebConfigError(f"basic_auth_users.{name}: not a bcrypt hash; make one with: htpasswd -nBC 10 {name}")
    return value


def _path(section: Mapping[str, object], key: str, directory: Path) -> str | None:
    """Return a path, None where there is none."""
    text = _text(section, key, "tls_server_config")
    return str(directory / text) if text else None


def _text(section: Mapping[str, object], key: str, where: str) -> str | None:
    """Return a text, None where there is none."""
    value = section.get(key)
    if value is not None and not isinstance(value, str):
        raise WebConfigError(f"{where}.{key}: {value!r} is no text; put it in quotes")
    return value


def _boolean(section: Mapping[str, object], key: str, where: str, *, default: bool) -> bool:
    """Return yes or no."""
    value = section.get(key, default)
    if not isinstance(value, bool):
        raise WebConfigError(f"{where}.{key}: {value!r}, expected true or false")
    return value
