"""Requirements of packages: what their metadata asks for, of what is installed and of Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.facts import NOT_GIVEN, PythonEnvironment, Unread
from neuron_validator.findings import Finding
from neuron_validator.report import Report
from neuron_validator.requirements import accepts, are_compatible, join, unmet_pythons, unmet_requirements
from neuron_validator.versions import parse_version

Judge = Callable[..., Report]

CHECKS = ("requirement-unmet", "python-requirement-unmet", "python-untested")


def venv(**fields: Any) -> PythonEnvironment:
    """Return a complete virtual environment."""
    return PythonEnvironment(**{"path": "/opt/venv", "python": "3.10.12", "kind": "venv", **fields})


def told(judge: Judge, environment: PythonEnvironment) -> list[Finding]:
    """Return what the checks of requirements say of one environment."""
    report = judge(python_environments=(environment,))
    return [finding for finding in report.findings if finding.id in CHECKS]


@pytest.mark.parametrize(
    ("specifiers", "version", "expected"),
    [
        ("", "1.0", True),
        ("==2.9.*", "2.9.1+cpu", True),
        ("<3.20,>=3.9.2", "3.20.3", False),
        ("==1.13.1", "1.13.1+cpu", True),
        (">=3.20.3,<4", "4.25.1", False),
        ("==2.1.0", "2.1.0rc1", False),
        (">=1.0", "2.0.0.dev1", True),
        ("==2.9.0.2.11.19912", "2.9", None),
        ("<4", "not a version", None),
        ("= 4", "4.0", None),
    ],
)
def test_accepts(specifiers: str, version: str, *, expected: bool | None) -> None:
    """Versions are compared as pip does; what cannot be compared is neither accepted nor refused."""
    assert expected is accepts(specifiers, version)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (">=3.20.3,<4", "<=3.20.1", False),
        (">=3.20", "<4", True),
        ("==2.1.0", ">=1.13,<2", False),
        ("==1.*", "==1.4", True),
        (">1.0", "<1.0.1", True),
        ("!=3.20.0,>=3.20", "<3.21", True),
        ("~=1.4.2", ">=1.5", False),
        ("==1.0+local", "==1.0", True),
        ("", "<2", True),
        ("nonsense", "<2", True),
    ],
)
def test_are_compatible(one: str, other: str, *, expected: bool) -> None:
    """Two requirements exclude each other only if no version satisfies both."""
    assert expected is are_compatible(one, other)
    assert expected is are_compatible(other, one)


BOUNDS = st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 4), st.integers(0, 4)).map(
    lambda bound: f"{bound[0]}{bound[1]}.{bound[2]}"
)


@given(st.lists(BOUNDS, min_size=1, max_size=3), st.lists(BOUNDS, min_size=1, max_size=3))
def test_whatever_a_version_satisfies_is_compatible(one: list[str], other: list[str]) -> None:
    """If some version on a fine grid satisfies both, they are compatible: no false alarm."""
    first, second = ",".join(one), ",".join(other)
    grid = (f"{major}.{minor}.{patch}" for major in range(6) for minor in range(6) for patch in range(2))

    if any(accepts(first, version) and accepts(second, version) for version in grid):
        assert are_compatible(first, second)


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_may_be_metadata(text: str, version: str) -> None:
    """Nonsense in metadata violates nothing and raises nothing."""
    environment = venv(packages={"a": "1.0", "b": version}, requires={"a": (text,)}, requires_python={"a": text})

    unmet_requirements(environment)
    unmet_pythons(environment)


@pytest.mark.parametrize(
    ("requires", "packages", "expected"),
    [
        pytest.param({"a": ("b<2",)}, {"b": "2.0"}, ["b"], id="too-new"),
        pytest.param({"a": ("B_b (>=2)",)}, {"b-b": "1.0"}, ["b-b"], id="old-form-of-metadata"),
        pytest.param({"a": ("b<2",)}, {"b": "1.9"}, [], id="met"),
        pytest.param({"a": ("b",)}, {"b": "0"}, [], id="any-version"),
        pytest.param({"a": ('b<2; extra == "more"',)}, {"b": "2.0"}, [], id="extra"),
        pytest.param({"a": ('b<2; python_version < "3.9"',)}, {"b": "2.0"}, [], id="marker-of-another-python"),
        pytest.param({"a": ('b<2; python_version >= "3.9"',)}, {"b": "2.0"}, ["b"], id="marker-of-this-python"),
        pytest.param({"a": ('b<2; platform_machine == "aarch64"',)}, {"b": "2.0"}, [], id="unknown-machine"),
        pytest.param({"a": ('b<2; sys_platform == "win32"',)}, {"b": "2.0"}, [], id="another-platform"),
        pytest.param({"a": ("b<2",)}, {"b": Unread("no readable metadata")}, [], id="unread-version"),
        pytest.param({"a": ("b<2",)}, {}, ["b"], id="missing"),
        pytest.param({"a": ("b @ https://example.com/b.whl",)}, {"b": "1"}, [], id="direct-reference"),
        pytest.param({"a": ("b<2",), "c": ("b>=2",)}, {"b": "2.0"}, ["b"], id="cannot-please-both"),
    ],
)
def test_unmet_requirements(requires: Any, packages: Any, expected: list[str]) -> None:
    """A requirement is unmet when the package that is there is not in its range, or a complete environment lacks it."""
    environment = venv(packages={"a": "1.0", "c": "1.0", **packages}, requires=requires)

    assert expected == [unmet.name for unmet in unmet_requirements(environment)]


@pytest.mark.parametrize("fields", [{"partial": True}, {"kind": "system"}, {"kind": "user"}, {"kind": NOT_GIVEN}])
def test_a_missing_package_needs_a_complete_environment(fields: dict[str, Any]) -> None:
    """Where packages may be elsewhere, or are not all given, none is missing."""
    assert () == unmet_requirements(venv(packages={"a": "1.0"}, requires={"a": ("b<2",)}, **fields))


def test_without_a_python_its_markers_decide_nothing() -> None:
    """A marker that asks for a Python that is not known is passed over."""
    requires = {"a": ('b<2; python_version >= "3.9"',)}

    assert () == unmet_requirements(venv(packages={"b": "2.0"}, requires=requires, python=NOT_GIVEN))


def test_joined_requirements_are_what_pip_reads() -> None:
    """The requirements of several packages make one, each clause once."""
    (unmet,) = unmet_requirements(venv(packages={"b": "9"}, requires={"a": ("b<2,>=1",), "c": ("b>=1,!=1.5,<2",)}))

    assert {"<2", ">=1", "!=1.5"} == set(join(unmet.requirers).split(","))


def test_requirement_finding(judge: Judge) -> None:
    """The finding names the package that is wrong, who asks for another, and the command that installs it."""
    environment = venv(
        packages={"torch-neuronx": "2.9.0.2.12.22436", "scipy": "2.0"}, requires={"torch-neuronx": ("scipy<1.12",)}
    )
    (finding,) = told(judge, environment)

    assert ("requirement-unmet", "warning", "packages") == (finding.id, finding.severity.word, finding.category)
    assert ("scipy", "torch-neuronx") == finding.components
    assert "env:venv" == finding.scope
    assert any("'scipy<1.12'" in command for command in finding.remedy.commands)


def test_a_clash_needs_no_package(judge: Judge) -> None:
    """Two packages whose requirements exclude each other are told before anything is installed for them."""
    environment = venv(
        partial=True,
        packages={"a": "1.0", "c": "1.0"},
        requires={"a": ("protobuf>=3.20.3,<4",), "c": ("protobuf<=3.20.1",)},
    )
    (finding,) = told(judge, environment)

    assert ("protobuf", "a", "c") == finding.components
    assert () == finding.remedy.commands


def test_what_a_rule_tells_is_not_told_twice(judge: Judge) -> None:
    """A mismatch that a rule of the catalog explains is not listed again as an unmet requirement."""
    environment = venv(
        packages={"torch-neuronx": "2.9.0.2.12.22436", "torch": "2.8.0"}, requires={"torch-neuronx": ("torch==2.9.*",)}
    )
    report = judge(python_environments=(environment,))

    ids = [finding.id for finding in report.findings]
    assert "torch-version-mismatch" in ids
    assert "requirement-unmet" not in ids


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"requires_python": {"a": ">=3.10"}, "python": "3.9.16"}, ["python-requirement-unmet"], id="older"
        ),
        pytest.param({"requires_python": {"a": ">=3.10"}, "python": "3.10"}, [], id="met"),
        pytest.param({"requires_python": {"a": ">=3.10.5"}, "python": "3.10"}, [], id="too-short-to-tell"),
        pytest.param({"requires_python": {"a": ">=3.10"}, "python": NOT_GIVEN}, [], id="unknown"),
    ],
)
def test_requires_python(judge: Judge, fields: dict[str, Any], expected: list[str]) -> None:
    """A package whose metadata excludes this Python is told; what is not known is not."""
    environment = venv(packages={"a": "1.0"}, **fields)

    assert expected == [finding.id for finding in told(judge, environment)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"packages": {"neuron-cc": "1.24.0.0"}, "python": "3.11.4"}, ["info"], id="not-listed"),
        pytest.param({"packages": {"neuronx-cc": "2.25.3371.0"}, "python": "3.12.3"}, [], id="listed"),
        pytest.param({"packages": {"neuronx-cc": "2.99.0.0"}, "python": "3.14.0"}, [], id="unknown-version"),
        pytest.param({"packages": {"jax-neuronx": "0.6.2.1.0.6446"}, "python": "3.11.3"}, [], id="sources-disagree"),
        pytest.param({"packages": {"numpy": "2.0"}, "python": "3.14.0"}, [], id="not-neurons"),
    ],
)
def test_python_outside_the_package_lists(judge: Judge, fields: dict[str, Any], expected: list[str]) -> None:
    """A Python for which a package is not listed is untested: information."""
    found = [f for f in told(judge, venv(partial=True, **fields)) if f.id == "python-untested"]

    assert expected == [finding.severity.word for finding in found]


@pytest.mark.parametrize(
    ("as_of", "python", "expected"),
    [
        # SDK 2.19.1 lists Python 3.8 to 3.10, SDK 2.30.0 to 2.32.0 up to 3.13; of SDK 2.33 no list was seen.
        ("2024-07-23", "3.12.2", 1),
        ("2024-07-23", "3.10.4", 0),
        ("2024-07-23", "3.6.9", 0),
        ("2026-08-31", "3.13.1", 0),
        ("2026-08-31", "3.14.0", 1),
        ("2026-11-21", "3.14.0", 0),
    ],
)
def test_python_alone(judge: Judge, as_of: str, python: str, expected: int) -> None:
    """A facts file that gives a Python and no package asks whether there is one for it."""
    import datetime as dt

    environment = PythonEnvironment(path="env", python=python, partial=True)
    report = judge(as_of=dt.date.fromisoformat(as_of), python_environments=(environment,))

    assert expected == sum(finding.id == "python-untested" for finding in report.findings)


def test_numbers_without_end_are_no_versions() -> None:
    """Python refuses to read a number of some thousand digits: neither version nor specifier is judged by one."""
    endless = "9" * 5000

    assert accepts(f">={endless}", "1.0") is None
    assert accepts(">=1.0", endless) is None
    assert parse_version(endless) is None
