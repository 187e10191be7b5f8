"""The vendor's real release manifest: it adds nothing to the catalog, and what is odd in it is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from neuron_validator.catalog import load_catalog
from neuron_validator.catalog.import_manifest import plan_import
from neuron_validator.catalog.manifest import Manifest, parse_manifest

pytestmark = pytest.mark.external

# Read in the file itself.
ODDITIES = {
    "aws-neuronx-oci-hooks: another name of aws-neuronx-oci-hook (2.3.0..2.9.1)",
    "tensorflow-neuron 1.15.5.2.3.0: cut short, 1.15.5.2.3.0.0 elsewhere (2.3.0..2.4.0)",
    "tensorflow-neuron 2.5.3.2.3.0: cut short, 2.5.3.2.3.0.0 elsewhere (2.3.0..2.4.0)",
    "tensorflow-neuron 2.6.3.2.3.0: cut short, 2.6.3.2.3.0.0 elsewhere (2.3.0..2.4.0)",
    "tensorflow-neuron 2.7.1.2.3.0: cut short, 2.7.1.2.3.0.0 elsewhere (2.3.0..2.4.0)",
    "tensorflow-neuron 2.8.0.2.3.0: cut short, 2.8.0.2.3.0.0 elsewhere (2.3.0..2.4.0)",
    "efa-installer: not a version: 'na' (2.3.0..2.27.1)",
    "neuronx-gpsimd-customop: another name of aws-neuronx-gpsimd-customop-lib (2.7.0)",
    "neuronx-gpsimd-tools: another name of aws-neuronx-gpsimd-tools (2.7.0)",
    "aws-neuronx-gpsimd-customop: another name of aws-neuronx-gpsimd-customop-lib (2.8.0..2.9.1)",
    "neuronx_hwm 2.8.0.3: not a Python version: '3.7,' (2.12.0)",
    "tensorflow-neuronx 2.7.4.2.1.0: not an instance family: 'inf.' (2.13.0..2.18.2)",
    "aws-neuronx-collectives 2.24.59.0: stands twice (2.22.0)",
    "aws-neuronx-runtime-lib 2.24.53.0: stands twice (2.22.0)",
    "aws-neuronx-collectives 2.26.43.0: stands twice (2.24.0..2.24.1)",
    "aws-neuronx-collectives 2.27.34.0: stands twice (2.25.0)",
    "aws-neuronx-gpsimd-tools: not a version: '14.09.x' (2.29.0..2.32.0)",
}


@pytest.fixture(scope="module")
def manifest(shared: Path) -> Manifest:
    return parse_manifest((shared / "facts" / "vendor" / "n2-manifest.json").read_text(encoding="utf-8"))


def test_head(manifest: Manifest) -> None:
    """
    The date is written month first, and releases run from 2.3.0 on.
    """
    assert ("2.32.0", dt.date(2026, 8, 17)) == (manifest.version, manifest.date)
    assert (51, "2.3.0", "2.32.0") == (
        len(manifest.releases),
        manifest.releases[0].release,
        manifest.releases[-1].release,
    )


@pytest.mark.parametrize("everything", [False, True])
def test_nothing_is_new(manifest: Manifest, *, everything: bool) -> None:
    """
    The catalog has all of the manifest, so even an import of everything adds no record.
    """
    plan = plan_import(manifest, load_catalog(), retrieved=dt.date(2026, 11, 21), everything=everything)

    assert ((), {}) == (plan.releases, plan.tables)


def test_oddities(manifest: Manifest) -> None:
    """
    Every slip is told, each once, and nothing else.
    """
    plan = plan_import(manifest, load_catalog(), retrieved=dt.date(2026, 11, 21))

    assert sorted(ODDITIES) == sorted(plan.oddities)


def test_an_older_catalog_gets_the_newest_release(manifest: Manifest) -> None:
    """
    To a catalog of 2.31.1 the manifest adds 2.32.0 as the catalog has it today.
    """
    today = load_catalog()
    plan = plan_import(manifest, today.as_of(dt.date(2026, 8, 16)), retrieved=dt.date(2026, 11, 21))
    added = {(r["package"], r["version"]) for r in plan.tables["versions.jsonl"]}
    own = {(version.package, version.version) for version in today.listed("2.32.0")}

    assert ("2.32.0",) == plan.releases
    assert [("2.32.0", "2026-08-17", "minor")] == [
        (record["release"], record["date"], record["type"]) for record in plan.tables["releases.jsonl"]
    ]
    assert added == own
