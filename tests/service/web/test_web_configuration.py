"""The file of ``--web.config.file``: what it may say, and what is said of what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_validator.service.web import configuration, connection, listening, server
from neuron_validator.service.web.configuration import TlsConfig, WebConfig, parse_web_config, read_web_config
from neuron_validator.service.web.errors import WebConfigError
from neuron_validator.service.web.tls import openssl_names

HERE = Path("/etc/neuron-validator")
HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"  # as exporter-toolkit's documentation has it

WHOLE = f"""
tls_server_config:
  cert_file: web.crt
  key_file: /etc/ssl/web.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: clients.crt
  min_version: TLS13
  max_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: ""
basic_auth_users:
  alice: {HASH}
"""


def test_all_that_the_file_may_say() -> None:
    """Every key has its effect; relative paths are relative to the folder of the file."""
    config = parse_web_config(WHOLE, directory=HERE)

    assert (
        WebConfig(
            tls=TlsConfig(
                cert_file="/etc/neuron-validator/web.crt",
                key_file="/etc/ssl/web.key",
                client_auth_type="RequireAndVerifyClientCert",
                client_ca_file="/etc/neuron-validator/clients.crt",
                min_version="TLS13",
                max_version="TLS13",
                cipher_suites=("TLS_AES_128_GCM_SHA256",),
                prefer_server_cipher_suites=False,
            ),
            headers={"Strict-Transport-Security": "max-age=31536000", "X-Frame-Options": ""},
            users={"alice": HASH},
        )
        == config
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "tls_server_config:\nbasic_auth_users: {}\n"])
def test_an_empty_file_changes_nothing(text: str) -> None:
    """Without a certificate it is plain HTTP, without users nobody is asked."""
    assert WebConfig(tls=None, headers={}, users={}) == parse_web_config(text, directory=HERE)


def test_defaults_are_those_of_the_toolkit() -> None:
    """With a certificate and a key alone: TLS 1.2 and 1.3, no client certificates, the server's order."""
    config = parse_web_config("tls_server_config: {cert_file: c, key_file: k}", directory=HERE)

    assert (
        TlsConfig(
            cert_file="/etc/neuron-validator/c",
            key_file="/etc/neuron-validator/k",
            client_auth_type="NoClientCert",
            min_version="TLS12",
            max_version="TLS13",
            prefer_server_cipher_suites=True,
        )
        == config.tls
    )


PAIR = "cert_file: c, key_file: k"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "not YAML: "),
        ("- a", "the file: not a mapping"),
        ("a: *b", "not YAML: "),
        ("tls_server_confg: {}", "tls_server_confg: unknown key, did you mean 'tls_server_config'?"),
        ("zzz: 1", "zzz: unknown key, did you mean "),
        ("1: 2", "1: not a name"),
        ("tls_server_config: [a]", "tls_server_config: not a mapping"),
        (f"tls_server_config: {{{PAIR}, min_verison: TLS12}}", "min_verison: unknown key, did you mean 'min_version'?"),
        ("tls_server_config: {cert_file: c}", "tls_server_config.key_file: missing"),
        ("tls_server_config: {min_version: TLS12}", "tls_server_config.cert_file: missing"),
        (f"tls_server_config: {{{PAIR}, cert_file: d}}", "line 1: 'cert_file' stands twice"),
        (f"tls_server_config: {{{PAIR}, min_version: 1.2}}", "min_version: 1.2 is no text"),
        (f"tls_server_config: {{{PAIR}, min_version: TLS10}}", "TLS10 is broken and not supported"),
        (f"tls_server_config: {{{PAIR}, max_version: TLS14}}", "'TLS14' is no version of TLS, did you mean 'TLS1"),
        (f"tls_server_config: {{{PAIR}, min_version: TLS13, max_version: TLS12}}", "TLS13 is above TLS12"),
        (f"tls_server_config: {{{PAIR}, client_ca_file: a}}", "client_ca_file: has no effect without"),
        (f"tls_server_config: {{{PAIR}, client_auth_type: VerifyClientCertIfGiven}}", "client_ca_file: missing"),
        (f"tls_server_config: {{{PAIR}, client_auth_type: RequireAnyClientCert}}", "nobody verified"),
        (f"tls_server_config: {{{PAIR}, client_auth_type: Require}}", "did you mean 'RequireAndVerifyClientCert'?"),
        (f"tls_server_config: {{{PAIR}, cipher_suites: x}}", "cipher_suites: not a list of names"),
        (f"tls_server_config: {{{PAIR}, cert: x}}", "tls_server_config.cert: not supported; name a file"),
        (f"tls_server_config: {{{PAIR}, prefer_server_cipher_suites: 1}}", "expected true or false"),
        ("http_server_config: {http2: maybe}", "http_server_config.http2: 'maybe', expected true or false"),
        ("http_server_config: {headers: {Server: x}}", "headers.Server: unknown key, did you mean "),
        ("http_server_config: {headers: {X-Frame-Options: all}}", "'all', expected deny or sameorigin"),
        ('http_server_config: {headers: {X-XSS-Protection: "a\\nb"}}', "expected printable text"),
        ("rate_limit: {interval: 1s, burst: 20}", "rate_limit: not supported; connections and requests have"),
        ("basic_auth_users: {alice: secret}", "basic_auth_users.alice: not a bcrypt hash; make one with: htpasswd"),
        (f'basic_auth_users: {{"a:b": {HASH}}}', "basic_auth_users.a:b: a name has no colon"),
        (f"basic_auth_users: {{alice: {HASH}, alice: {HASH}}}", "line 1: 'alice' stands twice"),
    ],
)
def test_what_the_file_may_not_say(text: str, message: str) -> None:
    """An error names the spot and what would do."""
    with pytest.raises(WebConfigError) as caught:
        parse_web_config(text, directory=HERE)

    assert message in str(caught.value)


def test_a_password_is_not_repeated() -> None:
    """Who writes the password where its hash belongs does not find it in a log."""
    with pytest.raises(WebConfigError) as caught:
        parse_web_config("basic_auth_users: {alice: secret}", directory=HERE)

    assert "secret" not in str(caught.value)


def test_errors_name_the_file(tmp_path: Path) -> None:
    """A file that is missing, no text or wrong is named."""
    path = tmp_path / "web.yml"

    for content, message in (
        (None, "No such file or directory"),
        (b"\xff", "not UTF-8 text"),
        (b"a: 1", "unknown key"),
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WebConfigError) as caught:
            read_web_config(str(path))

        assert str(caught.value).startswith(f"{path}: ")
        assert message in str(caught.value)


@given(
    st.text() | st.builds("{}: {{{}: {}}}".format, st.sampled_from(["tls_server_config", "x"]), st.text(), st.text())
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text gives anything but a configuration or a `WebConfigError`."""
    try:
        config = parse_web_config(text, directory=HERE)
    except WebConfigError:
        return

    assert isinstance(config, WebConfig)


def test_cipher_suites_by_their_names_in_go() -> None:
    """Go's names become OpenSSL's; those of TLS 1.3 are allowed and choose nothing, as in Go."""
    suites = ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")

    assert ("ECDHE-RSA-AES256-GCM-SHA384",) == openssl_names(suites)
    with pytest.raises(WebConfigError, match="did you mean 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'"):
        openssl_names(["TLS_RSA_WITH_AES_256_GCM_SHA384"])


def test_the_page_for_operators_is_true(repository: Path) -> None:
    """The example on the page is read, with all that may be said; the limits that it names are in force."""
    page = (repository / "docs/web.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]

    config = parse_web_config(example, directory=HERE)

    assert config.tls is not None
    assert {"prometheus": HASH} == config.users
    for key in (*configuration._TLS_KEYS, *configuration._HTTP_KEYS, *configuration._SECTIONS):
        assert f"{key}:" in example
    for name in (*configuration._HEADERS, *(key.rpartition(".")[2] for key in configuration._UNSUPPORTED)):
        assert name in page
    assert "five seconds" in page
    assert 5 == connection.HEADER_SECONDS
    for number in (
        f"{connection.HEADER_BYTES // 1024} KiB",
        f"{server._CONNECTIONS} connections",
        f"{connection.IDLE_SECONDS} seconds",
        listening.DEFAULT_LISTEN_ADDRESS,
    ):
        assert number in " ".join(page.split())
