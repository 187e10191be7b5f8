"""The line to paste into an issue."""

from __future__ import annotations

from dataclasses import replace

from tests.reports import ODD, finding, report, row, sdk

from neuron_validator import __version__
from neuron_validator.findings import Severity
from neuron_validator.fingerprint import fingerprint


def test_whole_line() -> None:
    """It names what maintainers ask for: instance, devices, system, versions, releases, verdict."""
    scopes = (sdk("range", "2.27.0", "2.27.1", "2.28.0"), sdk("mixed", "2.28.0", scope="env:x", odd_ones_out=(ODD,)))
    components = (row(), row(source="dpkg"), row(name="neuronx-cc", version="2.25.3371.0", scope="env:x"))
    told = (finding(id="bad"), finding(id="bad", scope="env:x"), finding(id="old", severity=Severity.INFO))
    words = fingerprint(report(sdk=scopes, components=components, findings=told, verdict="warn")).split(" ")

    assert [
        *("nv1", "trn1.2xlarge", "1xTrainium1", "Ubuntu-22.04.5-LTS", "6.8.0-1044-aws", "aws-neuronx-dkms=2.26.5.0"),
        *("host=2.27.0..2.28.0", "env:x=mixed:2.28.0", "warn:bad", "catalog=2.33.1", f"validator={__version__}"),
    ] == words[:1] + words[2:]


def test_equal_where_hosts_are() -> None:
    """The number is the same for the same software, whatever the order, and differs with any version."""
    parts = (row(), row(name="nki", scope="env:x"))
    digests = [fingerprint(report(components=rows)).split()[1] for rows in (parts, parts[::-1], parts[:1])]
    other_kernel = replace(report(components=parts), host=replace(report().host, kernel="6.8.0-1045-aws"))

    assert digests[0] == digests[1]
    assert 3 == len({digests[0], digests[2], fingerprint(other_kernel).split()[1]})


def test_little_is_known() -> None:
    """What is not known is said to be, or left out; nothing is invented."""
    host = replace(report().host, instance_type=None, family=None, os=None, kernel=None, in_container=True)
    line = fingerprint(replace(report(components=(), sdk=()), host=host, verdict="unknown"))

    assert "unknown-instance 1xTrainium1 unknown-os container unknown catalog=2.33.1" in line
