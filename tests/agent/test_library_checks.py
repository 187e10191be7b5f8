"""Shared libraries against each other and the C library: each fault with its twin, and what is not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neuron_collectors.facts import NOT_COLLECTED, ExtensionLibrary, OperatingSystem, RuntimeLibrary
from neuron_validator.findings import Finding
from neuron_validator.report import Report

Judge = Callable[..., Report]

ENV = "/opt/venv"
OPT = "/opt/aws/neuron/lib/libnrt.so.1"
OLD = ("nrt_init@NRT_2.0.0", "nrt_close@NRT_2.0.0")
NEW = (*OLD, "nrt_tensor_copy@NRT_2.0.0", "nrt_async@NRT_3.0.0")


def extension(*symbols: str, **fields: Any) -> ExtensionLibrary:
    """Return an extension that calls *symbols* of the runtime."""
    path = f"{ENV}/lib/python3.10/site-packages/torch_neuronx/lib/libtorchneuron.so"
    return ExtensionLibrary(**{"path": path, "environment": ENV, "runtime_symbols": symbols, **fields})


def library(exports: Any, path: str = OPT, **fields: Any) -> RuntimeLibrary:
    """Return a runtime library."""
    return RuntimeLibrary(
        **{"path": path, "paths": (path,), "environment": None, "version": "2.28.23.0", "exports": exports, **fields}
    )


def told(judge: Judge, check: str, **facts: Any) -> list[Finding]:
    """Diagnose and return what one check says."""
    return [finding for finding in judge(**facts).findings if finding.id == check]


@pytest.mark.parametrize(
    ("wanted", "libraries", "expected"),
    [
        pytest.param(extension("nrt_tensor_copy@NRT_2.0.0"), (library(OLD),), 1, id="not-offered"),
        pytest.param(extension("nrt_tensor_copy@NRT_2.0.0"), (library(NEW),), 0, id="offered"),
        pytest.param(extension("nrt_init@NRT_3.0.0"), (library(OLD),), 1, id="of-another-version"),
        pytest.param(extension("nrt_init"), (library(OLD),), 0, id="any-version-will-do"),
        pytest.param(extension("nrt_init@NRT_2.0.0"), (library(("nrt_init",)),), 0, id="library-without-versions"),
        pytest.param(extension("nrt_tensor_copy@NRT_2.0.0"), (library(NOT_COLLECTED),), 0, id="exports-not-read"),
        pytest.param(extension("nrt_tensor_copy@NRT_2.0.0"), (), 0, id="no-library"),
        pytest.param(extension(runtime_symbols=NOT_COLLECTED), (library(OLD),), 0, id="symbols-not-read"),
        pytest.param(
            extension("nrt_tensor_copy@NRT_2.0.0"),
            (library(OLD), library(NEW, "/usr/lib/libnrt.so.1")),
            0,
            id="one-of-two-would-do",
        ),
        pytest.param(
            extension("nrt_tensor_copy@NRT_2.0.0", search_path=("$ORIGIN", "/opt/aws/neuron/lib")),
            (library(OLD), library(NEW, "/usr/lib/libnrt.so.1")),
            1,
            id="the-one-that-it-names",
        ),
        pytest.param(
            extension("nrt_tensor_copy@NRT_2.0.0"),
            (library(OLD, f"{ENV}/lib/libnrt.so.1", environment=ENV), library(NEW)),
            1,
            id="its-own-comes-first",
        ),
    ],
)
def test_symbols(judge: Judge, wanted: ExtensionLibrary, libraries: Any, expected: int) -> None:
    """A call that no library offers is critical; what was not read, or may be another library, is not told."""
    found = told(judge, "library-symbols-missing", extension_libraries=(wanted,), runtime_libraries=libraries)

    assert ["critical"] * expected == [finding.severity.word for finding in found]


def test_symbols_finding(judge: Judge) -> None:
    """The finding names the function, the caller and the library."""
    wanted = extension("nrt_a@V", "nrt_b@V", "nrt_c@V", "nrt_d@V")
    (finding,) = told(
        judge, "library-symbols-missing", extension_libraries=(wanted,), runtime_libraries=(library(OLD),)
    )

    assert "libtorchneuron.so calls nrt_a, which the runtime library 2.28.23.0 does not have" == finding.title
    assert "nrt_a@V, nrt_b@V, nrt_c@V and 1 more" == finding.evidence[0].text
    assert ("aws-neuronx-runtime-lib",) == finding.components


def test_symbols_without_libraries_is_skipped(judge: Judge) -> None:
    """Nobody looked at the frameworks' libraries: that is no pass."""
    assert "library-symbols-missing" in {skip.check for skip in judge().skipped}


@pytest.mark.parametrize(
    ("glibc", "needed", "expected"),
    [
        ("2.34", "2.35", ["library-needs-newer-glibc"]),
        ("2.35", "2.35", []),
        ("2.39", "2.4", []),
        ("2.9", "2.35", ["library-needs-newer-glibc"]),
        (NOT_COLLECTED, "2.35", []),
        ("2.34", None, []),
        ("2.34", NOT_COLLECTED, []),
    ],
)
def test_needed_glibc(judge: Judge, glibc: Any, needed: Any, expected: list[str]) -> None:
    """Versions of the C library are compared as numbers; what is not known needs nothing."""
    os = OperatingSystem(id="amzn", version="2023", glibc=glibc)
    found = told(
        judge,
        "library-needs-newer-glibc",
        os=os,
        extension_libraries=(extension(needed_glibc=needed),),
        runtime_libraries=(),
    )

    assert expected == [finding.id for finding in found]
