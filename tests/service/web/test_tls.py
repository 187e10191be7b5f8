"""Serving over TLS, with certificates that change."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.service.web.conftest import Serve
from tests.web_clients import Address, connected, fetch, trusting

from neuron_validator.service.web.errors import WebConfigError

Configure = Callable[[str], str]

PAIR = "cert_file: server.crt, key_file: server.key"
PLAIN_TLS = f"tls_server_config: {{{PAIR}}}"
MUTUAL = f"tls_server_config: {{{PAIR}, client_ca_file: authority.crt, client_auth_type: %s}}"


def negotiated(address: Address, context: ssl.SSLContext) -> tuple[str, str]:
    """Return the version and the cipher suite that a connection gets."""
    with connected(address) as [plain], context.wrap_socket(plain, server_hostname="127.0.0.1") as client:
        cipher = client.cipher()
        assert cipher is not None
        return cipher[1], cipher[0]


def test_metrics_over_tls(serve: Serve, configure: Configure, certificates: Path) -> None:
    """Who trusts the certificate gets the metrics, by TLS 1.3; who does not breaks off; the server goes on."""
    [address] = serve(config_file=configure(PLAIN_TLS)).addresses
    context = trusting(certificates / "server.crt")

    response, body = fetch(address, tls=context)

    assert 200 == response.status
    assert b"neuron_validator_up 1.0" in body
    assert "TLSv1.3" == negotiated(address, context)[0]
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(address, tls=trusting(certificates / "other.crt"))
    assert 200 == fetch(address, tls=context)[0].status


def test_plain_http_where_tls_is_due(serve: Serve, configure: Configure) -> None:
    """A client that forgot the s is told, as by Go's servers."""
    [address] = serve(config_file=configure(PLAIN_TLS)).addresses

    with connected(address, first=b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") as [client]:
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.0 400 Bad Request")
    assert b"Client sent an HTTP request to an HTTPS server." in answer


@pytest.mark.parametrize(
    ("said", "newest_of_client", "expected"),
    [
        ("", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ("", ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        (", max_version: TLS12", ssl.TLSVersion.TLSv1_3, "TLSv1.2"),
        (", min_version: TLS13", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        (", min_version: TLS13", ssl.TLSVersion.TLSv1_2, None),
        (", cipher_suites: [TLS_AES_128_GCM_SHA256]", ssl.TLSVersion.TLSv1_2, None),
    ],
)
def test_versions_of_tls(
    serve: Serve,
    configure: Configure,
    certificates: Path,
    *,
    said: str,
    newest_of_client: ssl.TLSVersion,
    expected: str | None,
) -> None:
    """`min_version` and `max_version` bound what is negotiated; suites of TLS 1.3 alone allow nothing older."""
    [address] = serve(config_file=configure(f"tls_server_config: {{{PAIR}{said}}}")).addresses
    context = trusting(certificates / "server.crt")
    context.maximum_version = newest_of_client

    if expected is None:
        with pytest.raises(ssl.SSLError):
            negotiated(address, context)
    else:
        assert expected == negotiated(address, context)[0]


def test_cipher_suites(serve: Serve, configure: Configure, certificates: Path) -> None:
    """Only the suites that are named are negotiated."""
    suites = "[TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]"
    text = f"tls_server_config: {{{PAIR}, max_version: TLS12, cipher_suites: {suites}}}"
    [address] = serve(config_file=configure(text)).addresses
    context = trusting(certificates / "server.crt")

    assert ("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305") == negotiated(address, context)


def test_clients_have_to_show_a_certificate(serve: Serve, configure: Configure, certificates: Path) -> None:
    """With RequireAndVerifyClientCert those alone come in whose certificate the CA signed."""
    [address] = serve(config_file=configure(MUTUAL % "RequireAndVerifyClientCert")).addresses
    server = certificates / "server.crt"

    response, _ = fetch(address, tls=trusting(server, client=certificates / "client"))

    assert 200 == response.status
    for context in (trusting(server), trusting(server, client=certificates / "stranger")):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            fetch(address, tls=context)


def test_clients_may_show_a_certificate(serve: Serve, configure: Configure, certificates: Path) -> None:
    """With VerifyClientCertIfGiven a client without one comes in, one with a stranger's does not."""
    [address] = serve(config_file=configure(MUTUAL % "VerifyClientCertIfGiven")).addresses
    server = certificates / "server.crt"

    assert 200 == fetch(address, tls=trusting(server))[0].status
    assert 200 == fetch(address, tls=trusting(server, client=certificates / "client"))[0].status
    with pytest.raises((ssl.SSLError, ConnectionError)):
        fetch(address, tls=trusting(server, client=certificates / "stranger"))


def test_a_replaced_certificate_is_used(serve: Serve, configure: Configure, certificates: Path) -> None:
    """A certificate that is replaced while serving is shown to the next connection; no restart, no signal."""
    [address] = serve(config_file=configure(PLAIN_TLS)).addresses
    old, new = trusting(certificates / "server.crt"), trusting(certificates / "other.crt")
    assert 200 == fetch(address, tls=old)[0].status

    for suffix in ("crt", "key"):
        shutil.copy(certificates / f"other.{suffix}", certificates / f"new.{suffix}")
        (certificates / f"new.{suffix}").rename(certificates / f"server.{suffix}")

    assert 200 == fetch(address, tls=new)[0].status
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(address, tls=old)


def test_half_a_replacement_changes_nothing(
    serve: Serve, configure: Configure, certificates: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Between the new certificate and its key the old pair is shown, and that is logged once."""
    web = serve(config_file=configure(PLAIN_TLS))
    [address] = web.addresses
    old = trusting(certificates / "server.crt")
    shutil.copy(certificates / "other.crt", certificates / "server.crt")

    with caplog.at_level(logging.WARNING):
        statuses = [fetch(address, tls=old)[0].status for _ in range(3)]

    assert [200] * 3 == statuses
    [record] = caplog.records
    assert "the web configuration stays as it was" in record.getMessage()
    assert "KEY_VALUES_MISMATCH" in record.getMessage()
    with pytest.raises(WebConfigError, match="KEY_VALUES_MISMATCH"):
        web.reload()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tls_server_config: {cert_file: missing.crt, key_file: server.key}", "No such file or directory"),
        ("tls_server_config: {cert_file: server.crt, key_file: missing.key}", "missing.key: No such file or directory"),
        ("tls_server_config: {cert_file: server.crt, key_file: other.key}", "KEY_VALUES_MISMATCH"),
        (MUTUAL.replace("authority.crt", "web.yml") % "RequireAndVerifyClientCert", "no certificate in it"),
        (f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_NO]}}", "cipher_suites: unknown suite 'TLS_NO'"),
    ],
)
def test_what_tls_cannot_use(serve: Serve, configure: Configure, text: str, message: str) -> None:
    """A file that is missing or is not what it should be keeps the server from starting, and is named."""
    with pytest.raises(WebConfigError) as caught:
        serve(config_file=configure(text))

    assert message in str(caught.value)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666])
def test_a_key_that_everybody_may_read(serve: Serve, configure: Configure, certificates: Path, mode: int) -> None:
    """A private key that is open to everybody is refused, one that the group may read is not."""
    path = configure(PLAIN_TLS)
    (certificates / "server.key").chmod(mode)
    with pytest.raises(WebConfigError, match=rf"server\.key: everybody may read or write it \(mode {mode:04o}\)"):
        serve(config_file=path)

    (certificates / "server.key").chmod(0o640)
    assert serve(config_file=path).addresses


def test_a_passphrase_is_not_asked_for(serve: Serve, configure: Configure, certificates: Path) -> None:
    """An encrypted key is refused at once: nobody is there to type."""
    key, locked = certificates / "server.key", certificates / "locked.key"
    encrypt = ["openssl", "ec", "-in", str(key), "-out", str(locked), "-aes128", "-passout", "pass:x"]
    subprocess.run(encrypt, check=True, capture_output=True, timeout=30)

    with pytest.raises(WebConfigError, match="it is encrypted"):
        serve(config_file=configure("tls_server_config: {cert_file: server.crt, key_file: locked.key}"))


def test_tls_can_be_turned_on_while_serving(serve: Serve, configure: Configure, certificates: Path) -> None:
    """A file that gains a certificate has its effect on the next connection."""
    path = configure("")
    [address] = serve(config_file=path).addresses
    assert 200 == fetch(address)[0].status

    configure(PLAIN_TLS)

    assert 200 == fetch(address, tls=trusting(certificates / "server.crt"))[0].status
