"""What holds for all versions and ranges, with PEP 440's own implementation as the second opinion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version as Pep440

from neuron_validator.versions import (
    Range,
    Scheme,
    Step,
    Version,
    parse_version,
    pin,
    release_part,
    require_version,
    step,
)

NUMBERS = st.lists(st.integers(0, 40), min_size=1, max_size=7)
SUFFIXES = st.sampled_from(["", "-d1a2b3c4e", "_f954cd7a5-1", "-dkms", "+e48cd891", "-1"])
STAGES = st.sampled_from(["", "", "", "a1", "b0", "b12", "rc2", ".dev3", ".post1"])
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def dotted(numbers: list[int]) -> str:
    return ".".join(map(str, numbers))


RELEASES = st.builds(dotted, NUMBERS)
TEXTS = st.builds("{}{}{}".format, RELEASES, STAGES, SUFFIXES)


@given(TEXTS)
def test_versions_round_trip(text: str) -> None:
    """
    Every version prints as it was given, and its release part is the same version.
    """
    version = require_version(text)

    assert text == str(version)
    assert version == parse_version(release_part(text))


@given(st.text())
def test_any_text_parses_or_does_not(text: str) -> None:
    """
    No text makes the parser raise, and a release part has no suffix left to drop.
    """
    parse_version(text)

    assert release_part(text) == release_part(release_part(text))


@given(TEXTS, TEXTS, TEXTS)
def test_versions_are_totally_ordered(one: str, two: str, three: str) -> None:
    """
    Exactly one of less, equal and greater holds, equals hash alike, and the order is transitive.
    """
    a, b, c = map(require_version, (one, two, three))
    low, middle, high = sorted((a, b, c))

    assert 1 == [a < b, a == b, a > b].count(True)
    assert a != b or hash(a) == hash(b)
    assert low <= middle <= high
    assert low <= high


@given(RELEASES, STAGES, RELEASES, STAGES)
def test_order_is_that_of_pep_440(one: str, stage: str, two: str, other_stage: str) -> None:
    """
    Where PEP 440 has an order, ours is the same.
    """
    first, second = one + stage, two + other_stage

    assert (Pep440(first) < Pep440(second)) == (require_version(first) < require_version(second))
    assert (Pep440(first) == Pep440(second)) == (require_version(first) == require_version(second))


@given(RELEASES, st.integers(1, 4))
def test_trailing_zeros_do_not_matter(text: str, count: int) -> None:
    """
    A version is equal to itself with zeros added.
    """
    assert require_version(text) == require_version(text + ".0" * count)


@given(TEXTS, RELEASES)
def test_ranges_split_all_versions(text: str, bound: str) -> None:
    """
    Each operator and its opposite share out every version.
    """
    inside = {operator: Range.parse(operator + bound).contains(text) for operator in ("<", ">=", "<=", ">", "==", "!=")}

    assert inside["<"] != inside[">="]
    assert inside["<="] != inside[">"]
    assert inside["=="] != inside["!="]
    assert inside["<="] == (inside["<"] or inside["=="])


@given(RELEASES, RELEASES, OPERATORS)
def test_ranges_compare_truncated(text: str, bound: str, operator: str) -> None:
    """
    A version is in a range exactly when its train, as long as the bound, is.
    """
    version = require_version(text)
    train = version.truncated(len(require_version(bound).release))

    assert Range.parse(operator + bound).contains(version) == Range.parse(operator + bound).contains(train)


@given(NUMBERS, NUMBERS, OPERATORS)
def test_ranges_are_those_of_pep_440_for_equal_lengths(numbers: list[int], bound: list[int], operator: str) -> None:
    """
    With as many parts on both sides there is no train, and PEP 440 agrees.
    """
    length = min(len(numbers), len(bound))
    version, specifier = dotted(numbers[:length]), operator + dotted(bound[:length])

    assert SpecifierSet(specifier).contains(version) == Range.parse(specifier).contains(version)


@given(NUMBERS, NUMBERS.filter(lambda numbers: len(numbers) > 1))
def test_compatible_release_is_that_of_pep_440(numbers: list[int], bound: list[int]) -> None:
    """
    ``~=`` means what PEP 440 says.
    """
    version, specifier = dotted(numbers), "~=" + dotted(bound)

    assert SpecifierSet(specifier).contains(version) == Range.parse(specifier).contains(version)


@given(TEXTS, st.lists(st.tuples(OPERATORS, RELEASES), min_size=1, max_size=3), RELEASES)
def test_commas_are_and_bars_are_or(text: str, clauses: list[tuple[str, str]], last: str) -> None:
    """
    A range is what its clauses say, put together.
    """
    parts = [operator + bound for operator, bound in clauses]
    each = [Range.parse(part).contains(text) for part in parts]
    other = Range.parse(f"=={last}").contains(text)

    assert all(each) == Range.parse(",".join(parts)).contains(text)
    assert (all(each) or other) == Range.parse(f"{','.join(parts)} || =={last}").contains(text)


@given(TEXTS, TEXTS, st.sampled_from(Scheme))
def test_steps_are_symmetrical(one: str, two: str, scheme: Scheme) -> None:
    """
    A step is the same in both directions, and none only between equals.
    """
    there, back = step(one, two, scheme=scheme), step(two, one, scheme=scheme)

    assert there is back
    assert (there is Step.SAME) == (require_version(one) == require_version(two))


@given(RELEASES, st.sampled_from(Scheme))
def test_a_pin_admits_its_version(text: str, scheme: Scheme) -> None:
    """
    The pin of a version never excludes that version, nor a patch of it.
    """
    version: Version = require_version(text)
    specifier = SpecifierSet(pin("x", version, scheme, packaging="pip").removeprefix("x"))

    assert specifier.contains(text)
