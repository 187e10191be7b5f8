from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.direct_url import DirectUrl, parse_direct_url, without_credentials
from neuron_collectors.shapes import ShapeError


@pytest.mark.parametrize(
    ("text", "url", "editable"),
    [
        ('{"url": "file:///src", "dir_info": {"editable": true}}', "file:///src", True),
        ('{"url": "file:///src", "dir_info": {}}', "file:///src", False),
        ('{"url": "https://host/x.whl", "archive_info": {"hash": "sha256=00"}}', "https://host/x.whl", False),
        ('{"url": "git+ssh://git@host/x.git", "vcs_info": {"vcs": "git"}}', "git+ssh://host/x.git", False),
    ],
)
def test_a_direct_url(text: str, url: str, editable: bool) -> None:  # noqa: FBT001 - a column of the table
    """The URL and whether the package is imported from there, of every kind that the specification has."""
    assert DirectUrl(url=url, editable=editable) == parse_direct_url(text)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"url": 7}', '{"url": "x", "dir_info": {"editable": 1}}', f'{{"url": "{"x" * 3000}"}}'],
)
def test_no_direct_url(text: str) -> None:
    with pytest.raises(ShapeError):
        parse_direct_url(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:secret@host/x", "https://host/x"),
        ("https://secret@host/x?a=b@c#d", "https://host/x"),
        ("https://a@b@host/x", "https://host/x"),
        ("https://host/a@b", "https://host/a@b"),
        ("file:///x", "file:///x"),
    ],
)
def test_credentials(url: str, expected: str) -> None:
    """User, password, query and fragment go; an at sign in a path stays."""
    assert expected == without_credentials(url)


@given(st.text())
def test_any_text_is_a_direct_url_or_an_error(text: str) -> None:
    try:
        found = parse_direct_url(text)
    except ShapeError:
        return

    assert found.url == without_credentials(found.url)
