"""What a client says it can read: ``Accept`` and ``Accept-Encoding``."""

from __future__ import annotations

from collections.abc import Iterator

_OPENMETRICS = "application/openmetrics-text"
_OPENMETRICS_VERSIONS = ("", "1.0.0")


def accepts_openmetrics(accept: str) -> bool:
    """
    Whether the header *accept* names OpenMetrics 1.0.0.

    Prometheus 2.42 sends ``application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;
    q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1``.
    """
    return any(
        name == _OPENMETRICS and parameters.get("version", "") in _OPENMETRICS_VERSIONS and _wanted(parameters)
        for name, parameters in _items(accept)
    )


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the header *accept_encoding* names gzip, as in ``gzip, deflate;q=0.5``, and not with ``q=0``."""
    return any(name == "gzip" and _wanted(parameters) for name, parameters in _items(accept_encoding))


def _items(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the values of a list in a header, each with its parameters."""
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        yield name, {key.strip(): value.strip() for key, _, value in pairs}


def _wanted(parameters: dict[str, str]) -> bool:
    """Whether the weight is more than nothing; one that is no number counts as none given."""
    weight = parameters.get("q", "1")
    return not weight.replace(".", "", 1).isdecimal() or float(weight) > 0
