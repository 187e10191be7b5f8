"""Shared libraries against each other and the C library: each fault with its twin, and what is not known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.collectors.conftest import make_tree
from tests.stand_in_library import elf_library

from neuron_collectors.facts import NOT_COLLECTED, ExtensionLibrary, OperatingSystem, RuntimeLibrary
from neuron_validator.cli import main
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


def test_symbols_of_a_library_beside(judge: Judge) -> None:
    """What another library of the same environment defines need not be in the runtime."""
    wanted = extension("nrt_helper", "nrt_other@V")
    facts = {"runtime_libraries": (library(OLD),)}
    here = extension(path=f"{ENV}/lib/libhelper.so", exports=("nrt_helper", "nrt_other@V"))
    elsewhere = extension(path="/opt/other/libhelper.so", environment="/opt/other", exports=("nrt_helper",))

    assert [] == told(judge, "library-symbols-missing", extension_libraries=(wanted, here), **facts)
    assert 1 == len(told(judge, "library-symbols-missing", extension_libraries=(wanted, elsewhere), **facts))


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


def test_a_plain_diagnosis_looks_into_libraries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of stand-ins `diagnose` says what does not fit, and `collect` writes what is inside of them."""
    extension = f"{ENV[1:]}/lib/python3.10/site-packages/torch_neuronx/lib/libtorchneuron.so"
    runtime = elf_library(exports={"nrt_init": 2})
    calls = elf_library(
        needed=("libnrt.so.1",),
        versions=(),
        needed_versions=("NRT_2.0.0", "GLIBC_2.38"),
        undefined={"nrt_init": 2, "nrt_tensor_copy": 2},
    )
    files: dict[str, str | bytes | None] = {
        "opt/aws/neuron/lib/libnrt.so.1": runtime,
        extension: calls,
        f"{ENV[1:]}/pyvenv.cfg": "version = 3.10.12\n",
        "etc/os-release": 'ID=ubuntu\nVERSION_ID="22.04"\n',
        "var/lib/dpkg/status": "Package: libc6\nStatus: install ok installed\nVersion: 2.35-0ubuntu3.8\n",
    }
    make_tree(tmp_path / "host", files)
    main(["diagnose", "--root", str(tmp_path / "host"), "--format", "json"])
    found = {finding["id"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}
    main(["collect", "--root", str(tmp_path / "host")])
    facts = json.loads(capsys.readouterr().out)["facts"]

    assert f"undefined in /{extension}: nrt_tensor_copy@NRT_2.0.0" in found["library-symbols-missing"]["observed"]
    assert f"glibc 2.35; /{extension} needs 2.38" == found["library-needs-newer-glibc"]["observed"]
    assert ["nrt_init@NRT_2.0.0"] == facts["runtime_libraries"][0]["exports"]
    assert ["nrt_init@NRT_2.0.0", "nrt_tensor_copy@NRT_2.0.0"] == facts["extension_libraries"][0]["runtime_symbols"]
