"""Passwords: who comes in, and what trying costs."""

from __future__ import annotations

import builtins
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.web.conftest import Serve
from tests.web_clients import PASSWORD, PASSWORD_HASH, basic, fetch

from neuron_validator.service.web.basic_auth import BasicAuth, TooManyTriesError, parse_credentials
from neuron_validator.service.web.errors import WebConfigError

Configure = Callable[[str], str]

USERS = {"alice": PASSWORD_HASH}
FILE = f"basic_auth_users: {{alice: {PASSWORD_HASH}}}"


class CountingAuth(BasicAuth):
    """Basic authentication that tells how often bcrypt was asked, and may be held up in it."""

    def __init__(self, users: dict[str, str]) -> None:
        super().__init__(users)
        self.tried: list[tuple[bytes, bytes]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        check = self._check_password

        def counted(password: bytes, hashed_password: bytes) -> bool:
            self.tried.append((password, hashed_password))
            assert self.go_on.wait(10)
            return check(password, hashed_password)

        self._check_password = counted


def test_who_comes_in(serve: Serve, configure: Configure) -> None:
    """The right user with the right password comes in, to every page; nobody else, to none."""
    [address] = serve(config_file=configure(FILE)).addresses

    for path in ("/", "/metrics", "/-/healthy", "/nothing"):
        refused, _ = fetch(address, path)

        assert 401 == refused.status
        assert refused.headers["WWW-Authenticate"].startswith('Basic realm="neuron-validator"')
    assert 200 == fetch(address, headers={"Authorization": basic("alice", PASSWORD)})[0].status
    for name, password in (("alice", "wrong"), ("alice", ""), ("bob", PASSWORD), ("", ""), ("Alice", PASSWORD)):
        assert 401 == fetch(address, headers={"Authorization": basic(name, password)})[0].status


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic YQ==", "Bearer YTpi", "Basic YTpi YTpi", "YTpi"])
def test_a_header_that_is_no_basic_authentication(header: str) -> None:
    """Anything else has no credentials, and costs no try."""
    auth = CountingAuth(USERS)

    assert parse_credentials(header) is None
    assert not auth.allows(header)
    assert [] == auth.tried


@given(st.text())
def test_any_header_is_parsed(header: str) -> None:
    """No header raises."""
    credentials = parse_credentials(header)

    assert credentials is None or 2 == len(credentials)


def test_a_right_password_is_tried_once() -> None:
    """Bcrypt is asked once for a right password, and each time for a wrong one."""
    auth = CountingAuth(USERS)

    assert [True] * 5 == [auth.allows(basic("alice", PASSWORD)) for _ in range(5)]
    assert 1 == len(auth.tried)
    assert [False] * 3 == [auth.allows(basic("alice", "wrong")) for _ in range(3)]
    assert 4 == len(auth.tried)


def test_an_unknown_user_costs_as_much() -> None:
    """Whether a name is known cannot be told by the time: an unknown one is tried too, and never comes in."""
    auth = CountingAuth(USERS)

    assert not auth.allows(basic("bob", PASSWORD))
    assert [(PASSWORD.encode(), PASSWORD_HASH.encode())] == auth.tried


def test_the_password_is_not_kept() -> None:
    """What is kept of a right password is neither the password nor the same in two processes."""
    auths = [BasicAuth(USERS) for _ in range(2)]
    for auth in auths:
        assert auth.allows(basic("alice", PASSWORD))

    [first], [second] = (auth._right for auth in auths)

    assert first != second
    assert PASSWORD.encode() not in first


def test_the_same_credentials_are_tried_once_at_a_time() -> None:
    """Many clients that come at once with the same password wait for one try."""
    auth = CountingAuth(USERS)
    auth.go_on.clear()

    with ThreadPoolExecutor(8) as clients:
        answers = [clients.submit(auth.allows, basic("alice", PASSWORD)) for _ in range(8)]
        time.sleep(0.1)
        auth.go_on.set()

    assert [True] * 8 == [answer.result() for answer in answers]
    assert 1 == len(auth.tried)


def test_tries_do_not_take_all_workers() -> None:
    """While two passwords are being tried a third is put off, and one that was right before comes in."""
    auth = CountingAuth(USERS)
    assert auth.allows(basic("alice", PASSWORD))
    auth.go_on.clear()

    with ThreadPoolExecutor(2) as others:
        tries = [others.submit(auth.allows, basic("alice", f"wrong {number}")) for number in range(2)]
        while len(auth.tried) < 3:
            time.sleep(0.01)
        with pytest.raises(TooManyTriesError):
            auth.allows(basic("bob", "third"))
        known = auth.allows(basic("alice", PASSWORD))
        auth.go_on.set()

    assert known
    assert [False, False] == [one.result() for one in tries]


@pytest.mark.parametrize("password", ["x" * 100, "nul\0nul", "pässwörd", ""])
def test_odd_passwords_are_wrong_and_no_error(password: str) -> None:
    """A password that bcrypt does not take as it is raises nothing."""
    assert not BasicAuth(USERS).allows(basic("alice", password))


def test_a_changed_file_counts_at_once(serve: Serve, configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    """A user who is taken out is out with the next request; a file that makes no sense lets nobody else in."""
    caplog.set_level(logging.INFO)
    [address] = serve(config_file=configure(FILE)).addresses
    headers = {"Authorization": basic("alice", PASSWORD)}
    assert 200 == fetch(address, headers=headers)[0].status

    unchanged = []
    for text in ("basic_auth_users: {alice: typo}", ""):
        configure(text)
        unchanged += [fetch(address, headers=headers)[0].status, fetch(address)[0].status]
    configure(FILE.replace("alice", "bob"))
    changed = [fetch(address, headers=headers)[0].status, fetch(address)[0].status]

    assert [200, 401, 200, 401] == unchanged
    assert [401, 401] == changed
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("neuron_validator")]
    assert 1 == sum("stays as it was" in message and "not a bcrypt hash" in message for message in messages)
    assert 1 == sum("stays as it was" in message and "it is empty" in message for message in messages)
    assert 1 == sum("has changed and was read" in message for message in messages)


def test_headers_of_the_file_replace_ours(serve: Serve, configure: Configure) -> None:
    """A header that is configured is sent as it is, one that is left blank is not sent."""
    text = 'http_server_config: {headers: {X-Frame-Options: sameorigin, Content-Security-Policy: ""}}'
    [address] = serve(config_file=configure(text)).addresses

    response, _ = fetch(address)

    assert "sameorigin" == response.headers["X-Frame-Options"]
    assert response.headers["Content-Security-Policy"] is None


@pytest.mark.parametrize(("module", "text"), [("yaml", "{}"), ("bcrypt", FILE)])
def test_what_is_missing_is_named(
    serve: Serve, configure: Configure, monkeypatch: pytest.MonkeyPatch, module: str, text: str
) -> None:
    """Without the extra that a file needs, the error says what to install."""
    original = builtins.__import__

    def without(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == module:
            raise ImportError(name)
        return original(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(WebConfigError, match=r"pip install 'neuron-validator\[web\]'$"):
        serve(config_file=configure(text))


def test_a_one_shot_run_imports_none_of_it() -> None:
    """`diagnose` pays nothing for the server."""
    import subprocess
    import sys

    program = (
        "import sys, neuron_validator.cli.diagnose, neuron_validator.engine;"
        "print([name for name in ('cheroot', 'yaml', 'bcrypt', 'ssl', 'prometheus_client') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert "[]" == run.stdout.strip()
