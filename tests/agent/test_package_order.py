"""The order of versions, beside the order of the programs that install them: dpkg and rpm are asked themselves."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Iterator, Sequence

import pytest

from neuron_validator.catalog import Catalog

# As found: 2.31.23.0-d1a2b3c4e in dpkg's status, 2.29.40.0_f954cd7a5-1 and 2.25.4.0-dkms in rpm's database. The older
# build gets the hash that sorts higher, so that a program which looked at it first would be noticed.
DEB_SUFFIXES = ("-f954cd7a5", "-0ab1c2d3e")
RPM_SUFFIXES = ("_f954cd7a5-1", "_0ab1c2d3e-1")
DRIVER_SUFFIXES = ("-dkms", "-dkms")

Pair = tuple[str, str]


def neighbours(catalog: Catalog, packaging: str) -> Iterator[tuple[str, str, str]]:
    """Yield each package of *packaging* with each two versions between which the catalog knows no third."""
    for package in catalog.packages.values():
        if packaging in package.packaging:
            known = sorted(
                {version.number: version.version for version in catalog.versions.get(package.name, ())}.items()
            )
            yield from ((package.name, older, newer) for (_, older), (_, newer) in itertools.pairwise(known))


def answers(program: str, lines: Sequence[str], *arguments: str) -> list[str]:
    """Return what *program* prints for a script of *lines*."""
    done = subprocess.run(
        [program, *arguments, "".join(lines)], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def dpkg_order(pairs: Sequence[Pair]) -> list[str]:
    """Ask dpkg how the versions of each pair stand to each other."""
    if shutil.which("dpkg") is None:
        pytest.skip("dpkg is not installed")
    lines = (
        f"if dpkg --compare-versions '{one}' lt '{other}'; then echo lt; else echo ge; fi\n" for one, other in pairs
    )
    return answers("/bin/sh", list(lines), "-c")


def rpm_order(pairs: Sequence[Pair]) -> list[str]:
    """Ask rpm how the versions of each pair stand to each other."""
    if shutil.which("rpm") is None:
        pytest.skip("rpm is not installed")
    lines = [f'print(rpm.vercmp("{one}", "{other}"), "\\n")\n' for one, other in pairs]
    return [{"-1": "lt", "0": "eq", "1": "gt"}[answer] for answer in answers("rpm", ["%{lua: ", *lines, "}"], "--eval")]


def test_dpkg_orders_the_versions_as_we_do(catalog: Catalog) -> None:
    """
    Whatever the builds' hashes are, dpkg calls every version of every package older than the next one.
    """
    first, second = DEB_SUFFIXES
    found = list(neighbours(catalog, "deb"))

    order = dpkg_order([(older + first, newer + second) for _, older, newer in found])

    assert len(found) > 300
    assert [] == [row for row, told in zip(found, order, strict=True) if told != "lt"]


def test_rpm_orders_the_versions_as_we_do(catalog: Catalog) -> None:
    """
    Whatever the builds' hashes are, rpm calls every version of every package older than the next one.
    """
    found = list(neighbours(catalog, "rpm"))
    suffixes = [DRIVER_SUFFIXES if "dkms" in name else RPM_SUFFIXES for name, _, _ in found]

    order = rpm_order(
        [(older + one, newer + two) for (_, older, newer), (one, two) in zip(found, suffixes, strict=True)]
    )

    assert len(found) > 300
    assert [] == [row for row, told in zip(found, order, strict=True) if told != "lt"]
