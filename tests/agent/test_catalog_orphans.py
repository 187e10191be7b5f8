"""No record of the package's data hangs in the air: what one table names, another explains."""

from __future__ import annotations

import json

from neuron_validator.catalog import Catalog
from neuron_validator.catalog.files import lines_of, parse_records, read_table
from neuron_validator.catalog.records import DATA, TABLES
from neuron_validator.catalog.tables import CLASSIFICATION, ENV_VARS, LIFECYCLE
from neuron_validator.checks import CHECKS

# Their own modules read and test them.
OTHERS = {"log_patterns.jsonl", "nrt_statuses.jsonl"}
# Our own words about our own checks: no record of the vendor's.
OUR_OWN = {"check_pages.jsonl"}


def test_every_record_has_source_and_day() -> None:
    """
    Each record of each table says where it is from, and when that was read; none is from after the catalog was made.
    """
    made = json.loads((DATA / "catalog.json").read_text(encoding="utf-8"))["retrieved"]
    for path in sorted(path for path in DATA.glob("*.jsonl") if path.name not in OUR_OWN):
        for record in parse_records(path.read_text(encoding="utf-8")):
            assert record["source"].strip(), (path.name, record)
            assert "2026-01-01" <= record["retrieved"] <= made, (path.name, record)


def test_every_file_is_a_table() -> None:
    """
    No data file is left that nothing validates.
    """
    assert {*TABLES, *OTHERS, *OUR_OWN} == {path.name for path in DATA.glob("*.jsonl")}


def test_one_record_a_line_in_the_same_form() -> None:
    """
    A record is a line as `json.dumps` writes it, so that a change of one is a difference of one line.
    """
    for table in TABLES:
        lines = lines_of(read_table(table))
        forms = ({json.dumps(json.loads(line), ensure_ascii=escaped) for escaped in (False, True)} for line in lines)
        assert [] == [line for line, same in zip(lines, forms, strict=True) if line not in same], table


def test_every_chip_is_in_an_instance_type(catalog: Catalog) -> None:
    """
    A chip that no instance type has would never be found.
    """
    assert {chip.device_name for chip in catalog.chips} == {kind.chip for kind in catalog.instance_types.values()}


def test_every_release_with_a_package_list_lists_something(catalog: Catalog) -> None:
    """
    A release is listed by versions exactly when its package list is known.
    """
    listed = {release for versions in catalog.versions.values() for one in versions for release in one.releases}

    assert set(catalog.packaged) == listed


def test_every_version_is_known_for_a_reason(catalog: Catalog) -> None:
    """
    A version that no release lists has a day from which it is known; of one driver the notes give no day.
    """
    silent = [
        (version.package, version.version)
        for versions in catalog.versions.values()
        for version in versions
        if not version.listings and version.known_from is None
    ]

    assert [("aws-neuronx-dkms", "2.6.26.0")] == silent


def test_successors_and_extended_packages_are_known(catalog: Catalog) -> None:
    """
    A package is followed by packages of the catalog, and not by itself.
    """
    for package in catalog.packages.values():
        assert package.name not in package.successors
        assert set(package.successors) <= set(catalog.packages), package.name


def test_families_are_those_of_the_listings(catalog: Catalog) -> None:
    """
    A release is for the families that its versions are listed for.
    """
    for release in catalog.releases:
        named = {family for one in catalog.listed(release.release) for family in one.families(release.release)}
        assert named <= set(release.families), release.release


def test_every_rule_is_asked_for(catalog: Catalog) -> None:
    """
    A rule belongs to a check that there is, and is about components that the catalog knows.
    """
    checks = {check.id for check in CHECKS}
    for record in map(json.loads, catalog.rule_records):
        assert record["check"] in checks, record["id"]


def test_every_feature_that_a_variable_turns_on_is_known(catalog: Catalog) -> None:
    """
    A variable turns on a feature of which a label or an announcement tells.
    """
    records = [record for table in (LIFECYCLE, CLASSIFICATION) for record in catalog.tables.records(table)]
    features = {record["subject"]["name"] for record in records if record["subject"]["class"] == "feature"}
    named = {record["turns_on"] for record in catalog.tables.records(ENV_VARS) if "turns_on" in record}

    assert named
    assert named <= features


def test_every_tested_platform_is_of_versions_that_there_are(catalog: Catalog) -> None:
    """
    Rows are of a package and a range in which at least one known version lies, and of a family of that package.
    """
    for record in map(json.loads, catalog.platform_records):
        versions = [v.version for v in catalog.known_versions(record["package"])]
        assert any(catalog.tested_platforms(record["package"], version, record["family"]) for version in versions), (
            record["id"]
        )
