"""Where a package was installed from, when it was given by its URL: ``direct_url.json`` beside its metadata."""

from __future__ import annotations

import re

from .facts import Reading, Unread
from .facts.frozen import dataclass
from .host import Host

_USER = re.compile(r"(?<=://)[^/\s]*@")
_PARAMETERS = re.compile(r"[?#].*", re.DOTALL)
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectUrl:
    """What an installer wrote down of a package that it was given by URL, file or directory."""

    url: str
    """``url``, e.g. ``file:///home/ubuntu/wheels/nki-0.1.whl``, without user, password, query and fragment."""
    editable: bool
    """``dir_info.editable``: installed with ``pip install -e``."""


def read_direct_url(host: Host, record: str) -> Reading[DirectUrl]:
    """Read ``direct_url.json`` in the ``*.dist-info`` directory *record*; what makes no sense is unread."""
    text = host.read_text(f"{record}/direct_url.json")
    if not isinstance(text, str):
        return text
    from .shapes import ShapeError  # noqa: PLC0415 - few packages have the file

    try:
        return parse_direct_url(text)
    except ShapeError as error:
        return Unread(f"direct_url.json: {error}")


def parse_direct_url(text: str) -> DirectUrl:
    """
    Parse ``direct_url.json`` (PyPA's "Recording the Direct URL Origin of installed distributions").

    .. code-block:: json

        {"url": "file:///home/ubuntu/neuronx-distributed", "dir_info": {"editable": true}}

    Raises `ShapeError`. Installers need not take credentials out of the URL: it is done here, with all that follows a
    question mark, which signs a link to S3.
    """
    from .shapes import ShapeError, boolean, describe, keys, parse_json  # noqa: PLC0415 - few packages have the file
    from .shapes import text as string  # noqa: PLC0415

    read = keys({"url": string, "dir_info": keys({"editable": boolean}, lenient=True)}, required=("url",), lenient=True)
    document = read(parse_json(text))
    if len(document["url"]) > _LONGEST:
        raise ShapeError(f"too long: {describe(document['url'])}", path="url")
    return DirectUrl(
        url=without_credentials(document["url"]), editable=document.get("dir_info", {}).get("editable", False)
    )


def without_credentials(url: str) -> str:
    """Return *url* without user, password, query and fragment."""
    return _USER.sub("", _PARAMETERS.sub("", url))
