"""Known lines of logs: the catalog's data, the reader, and the runtime's return codes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuron_validator.catalog import Catalog
from neuron_validator.catalog.files import parse_records, read_table
from neuron_validator.catalog.rule import ALARMING_CONFIDENCE
from neuron_validator.findings import Category, Kind, RuleReference, Severity
from neuron_validator.log_patterns import (
    GROUPS,
    ORIGINS,
    LogPattern,
    LogReader,
    Recognised,
    find_nrt_status,
    load_log_patterns,
    load_nrt_statuses,
    recognise,
)

from .known_log_lines import KNOWN

PATTERNS = load_log_patterns()
BY_ID = {pattern.id: pattern for pattern in PATTERNS}
STATUSES = load_nrt_statuses()
RECORDS: Sequence[Mapping[str, Any]] = parse_records(read_table("log_patterns.jsonl"))
STATUS_RECORDS: Sequence[Mapping[str, Any]] = parse_records(read_table("nrt_statuses.jsonl"))

# Software that logs name and that is none of the vendor's packages.
OTHERS_SOFTWARE = frozenset(
    {
        "accelerate",
        "dkms",
        "glibc",
        "jax",
        "jaxlib",
        "libxcrypt-compat",
        "linux-headers",
        "linux-image",
        "numpy",
        "optimum",
        "optimum-neuron",
        "protobuf",
        "requests",
        "tensorflow",
        "torch",
        "torchvision",
        "transformers",
        "triton",
        "urllib3",
    }
)
# What only informs: an explanation may show it, and no fact is compared with it.
OTHER_GROUPS = frozenset(
    {
        *(
            "address",
            "architecture",
            "attribute",
            "built_for",
            "call",
            "change",
            "command",
            "compiled_api",
            "direction",
        ),
        *(
            "engine_kind",
            "error",
            "errors",
            "exit_status",
            "expected",
            "file",
            "file_version",
            "found",
            "framework_api",
        ),
        *("hbm", "ioctl_number", "ioctl_size", "key", "kind", "mapping", "message", "metadata", "metric", "model"),
        *("module", "needed_glibc", "numpy_api", "occupied_bytes", "opcode", "operator", "plugin_api", "pool", "queue"),
        *("python_version", "repair_state", "request", "requirement", "revision", "routing_id", "scope", "script"),
        *("sequence", "side", "signal", "slot", "supported_file", "symbol", "symbol_version", "total_bytes", "type"),
        *("version", "waited_s", "what"),
    }
)


def ids(recognised: Sequence[Recognised]) -> list[str]:
    return [known.pattern.id for known in recognised]


def pattern(regex: str, *literals: str, name: str = "LOG-X", general: bool = False) -> LogPattern:
    """Return a pattern of which only the text matters."""
    return LogPattern(
        id=name,
        regex=regex,
        literals=literals,
        origin="runtime",
        category="runtime",
        kind="note",
        severity=Severity.INFO,
        components=(),
        cause="",
        remedy="",
        general=general,
        confidence="documented",
        source="",
        retrieved="",
    )


def test_every_pattern_has_a_line() -> None:
    """Each pattern has its row in the table, and each row its pattern."""
    assert set(KNOWN) == set(BY_ID)


@pytest.mark.parametrize("name", KNOWN)
def test_known_lines(name: str) -> None:
    """Each pattern recognises its line, and what it says of numbers and names is right."""
    assert [(name, dict(KNOWN[name].groups))] == [
        (known.pattern.id, dict(known.groups)) for known in recognise([KNOWN[name].hit])
    ]


@pytest.mark.parametrize("name", KNOWN)
def test_near_misses(name: str) -> None:
    """No pattern recognises the line that nearly is one of its own."""
    assert name not in ids(recognise([KNOWN[name].miss]))
    assert re.search(BY_ID[name].regex, KNOWN[name].miss) is None


@pytest.mark.parametrize("name", KNOWN)
def test_known_lines_among_others(name: str) -> None:
    """A line is recognised with another logger's prefix and behind other lines, and its number is right."""
    prefix = "" if BY_ID[name].regex.startswith("^") else "2026-11-21 10:11:12,131::ERROR:rank3: "
    found = recognise(["nothing", "", prefix + KNOWN[name].hit, "nothing"])

    assert [(3, name)] == [(known.number, known.pattern.id) for known in found]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_records(record: Mapping[str, Any], catalog: Catalog) -> None:
    """A record has the fields of its kind and no other, with values that mean something."""
    required = {
        *("id", "regex", "literals", "origin", "category", "kind", "severity", "components", "cause", "remedy"),
        *("confidence", "source", "retrieved"),
    }

    assert required <= record.keys() <= required | {"status", "general", "notes"}
    assert re.fullmatch(r"LOG-[A-Z0-9]+-[A-Z0-9_-]+", record["id"])
    assert record["origin"] in ORIGINS
    assert record["category"] in get_args(Category)
    assert record["kind"] in get_args(Kind)
    assert record["confidence"] in ("documented", "maintainer-confirmed", "user-report", "inferred")
    assert record["severity"] in ("info", "warning", "critical")
    assert record["severity"] != "critical" or record["confidence"] in ALARMING_CONFIDENCE
    assert (record["kind"] == "note") <= (record["severity"] == "info")
    assert record["literals"]
    assert all(len(literal) > 3 and "\n" not in literal for literal in record["literals"])
    assert set(record["components"]) <= set(catalog.packages) | OTHERS_SOFTWARE
    assert len(record["components"]) <= 4
    assert record["components"] or record["origin"] in ("kernel", "runtime")
    assert all(record[name].strip() and record[name][-1] == "." for name in ("cause", "remedy"))
    assert record["source"].strip()
    assert date.fromisoformat(record["retrieved"])
    assert record.get("general", True) is True
    assert "status" not in record or find_nrt_status(str(record["status"])) is not None


def test_records_are_sorted() -> None:
    """The files are sorted, so that a change of the data is a small difference."""
    names = [record["id"] for record in RECORDS]
    numbers = [record["number"] for record in STATUS_RECORDS]

    assert sorted(set(names)) == names
    assert sorted(set(numbers)) == numbers


def test_groups_have_one_meaning() -> None:
    """Every group of an expression is one of those that are compared with facts, or known to inform only."""
    used = {name for known in PATTERNS for name in re.compile(known.regex).groupindex}

    assert set() == used - GROUPS.keys() - OTHER_GROUPS
    assert set() == OTHER_GROUPS - used
    assert set() == GROUPS.keys() - used


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], max_examples=300)
@given(st.data())
def test_no_match_without_a_literal(data: st.DataObject) -> None:
    """Whatever an expression matches contains one of the pattern's literals, and so it is recognised."""
    known = data.draw(st.sampled_from(PATTERNS))
    line = data.draw(st.from_regex(known.regex))

    assert any(literal in line for literal in known.literals)
    assert known.id in ids(recognise([line])) or (known.general and recognise([line]))


@pytest.mark.parametrize("name", KNOWN)
def test_long_lines(name: str) -> None:
    """An expression takes time in proportion to a line, whatever the line repeats; the square would be minutes."""
    compiled = re.compile(BY_ID[name].regex)
    hit = KNOWN[name].hit
    pieces = [
        hit,
        hit[:-1],
        hit[: len(hit) // 2],
        hit[len(hit) // 2 :],
        *BY_ID[name].literals,
        "a",
        " ",
        "a.",
        "0",
        "a ",
    ]
    began = time.process_time()
    for piece in pieces:
        compiled.search(piece * (100_000 // len(piece)))
        compiled.search(BY_ID[name].literals[0] + piece * (100_000 // len(piece)))

    assert 10 > time.process_time() - began


def test_a_long_log() -> None:
    """A log of 100,000 lines is read in under a second, the known lines among them found."""
    kinds = (
        "2025-Sep-19 18:57:20.{0:06}  4444:4444  INFO  TDRV:exec  nd0:nc0 step {0} loss {1:.5f}",
        "[   {0}.123456] usb 1-1: new device {0}",
        "2026-02-23 01:42:58.000{0}: 4137 INFO ||NEURON_CC_WRAPPER||: compile /var/tmp/neuron-compile-cache/{1}",
        "WARNING:root:step {0} of {1} depends nothing",
    )
    lines = [kinds[number % 4].format(number, number / 3) for number in range(100_000)]
    for number, name in enumerate(KNOWN):
        lines[number * 500] = KNOWN[name].hit
    recognise([])
    began = time.process_time()
    found = recognise(lines)

    assert 1 > time.process_time() - began
    assert list(KNOWN) == ids(found)
    assert [number * 500 + 1 for number in range(len(KNOWN))] == [known.number for known in found]


def test_expressions_are_compiled_when_they_are_needed() -> None:
    """A log without known lines compiles nothing, one with a known line its pattern's expression."""
    reader = LogReader(PATTERNS)

    assert [] == list(reader.recognise(["nothing"] * 10))
    assert {} == reader._compiled
    assert ["LOG-DRV-003"] == ids(list(reader.recognise([KNOWN["LOG-DRV-003"].hit])))
    assert {"LOG-DRV-003"} == reader._compiled.keys()


def test_two_messages_in_one_line() -> None:
    """Where ranks write at once a line says two things, and both are recognised."""
    line = KNOWN["LOG-NC-001"].hit + KNOWN["LOG-EX-006"].hit

    assert ["LOG-EX-006", "LOG-NC-001"] == ids(recognise([line]))


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (["LOG-EX-004"], "NRT:nrt_infodump   Failure: NRT_EXEC_SW_NQ_OVERFLOW in nrt_execute()"),
        (["LOG-INFO-008"], "NRT:nrt_infodump   Failure: NRT_EXEC_OOB in nrt_execute()"),
        (["LOG-RT-010"], "ImportError: libnrt.so.1: cannot open shared object file: No such file or directory"),
        (["LOG-HW-NPD-DMA_ERROR"], "NEURON_HW_ERR=DMA_ERROR nd-id=3"),
        (["LOG-HW-006"], "NEURON_HW_ERR=SOMETHING_ELSE nd-id=3"),
        (["LOG-EX-011"], "TDRV:exec_consume_infer_status_notifications Unexpected number of CC notifications"),
    ],
)
def test_the_special_hides_the_general(expected: Sequence[str], line: str) -> None:
    """A general pattern counts where nothing else recognises the line, and only one of them."""
    assert expected == ids(recognise([line]))


@pytest.mark.parametrize("count", [0, 1, 8191, 8192, 8193, 20_000])
def test_line_numbers_in_long_logs(count: int) -> None:
    """Lines count from 1, over any number of them."""
    lines = (line for line in ["-"] * count + ["a b"])

    assert [count + 1] == [known.number for known in LogReader([pattern("a b", "a b")]).recognise(lines)]


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        ([], []),
        ([], [""]),
        ([1, 2], ["a b", "a b"]),
        ([1], ["a b a b"]),
        ([1], ["x\na b\ny"]),
        ([1, 3], ["a b\n", "a", "xa by"]),
        ([], ["a", "b"]),
        ([], ["a\tb", "a", " b"]),
        ([2], ["\udcff", "\udcffa b\udcff"]),
        ([2], ["Größe", "Größe a b"]),
    ],
)
def test_where_literals_are(expected: Sequence[int], lines: Sequence[str]) -> None:
    """A literal is found in its line whatever stands around it, and never across two lines."""
    found = LogReader([pattern("a b", "a b")]).recognise(lines)

    assert expected == [known.number for known in found]


def test_the_groups_of_other_alternatives_are_left_out() -> None:
    """A group that took no part in a match is not there."""
    found = list(LogReader([pattern("(?P<pid>1)|(?P<device>x)", "1", "x")]).recognise(["x"]))

    assert [{"device": "x"}] == [dict(known.groups) for known in found]


@given(st.lists(st.text() | st.sampled_from([known.hit for known in KNOWN.values()]), max_size=20))
def test_any_lines(lines: Sequence[str]) -> None:
    """Whatever the lines, those that are known come in their order with the right numbers."""
    found = recognise(lines)

    assert sorted(known.number for known in found) == [known.number for known in found]
    assert all(lines[known.number - 1] == known.line for known in found)
    assert all(re.search(known.pattern.regex, known.line) for known in found)


def test_the_reference_of_a_pattern() -> None:
    """A finding can cite the record that it rests on."""
    known = BY_ID["LOG-EX-006"]

    assert RuleReference(id="LOG-EX-006", source=known.source, retrieved=known.retrieved, confidence="documented") == (
        known.reference
    )


@pytest.mark.parametrize("record", STATUS_RECORDS, ids=lambda record: record["name"])
def test_status_records(record: Mapping[str, Any]) -> None:
    """A return code's record has the fields of its kind and no other, with values that mean something."""
    required = {
        *("id", "number", "name", "meaning", "cause", "remedy", "category", "kind", "severity"),
        *("confidence", "source", "retrieved"),
    }

    assert required <= record.keys() <= required | {"former_names", "notes"}
    assert f"NRT-{record['number']:04}" == record["id"]
    assert re.fullmatch("NRT_[A-Z_]+", record["name"])
    assert record["category"] in get_args(Category)
    assert record["kind"] in get_args(Kind)
    assert record["severity"] in ("info", "warning", "critical")
    assert record["confidence"] in ALARMING_CONFIDENCE
    assert all(record[name].strip()[-1] == "." for name in ("meaning", "cause", "remedy"))
    assert date.fromisoformat(record["retrieved"])


def test_the_numbers_of_the_return_codes() -> None:
    """The numbers are those of the runtime's header."""
    expected = {
        0: "SUCCESS",
        1: "FAILURE",
        2: "INVALID",
        3: "INVALID_HANDLE",
        4: "RESOURCE",
        5: "TIMEOUT",
        6: "HW_ERROR",
        7: "QUEUE_FULL",
        9: "LOAD_NOT_ENOUGH_NC",
        10: "UNSUPPORTED_NEFF_VERSION",
        11: "FAIL_HOST_MEM_ALLOC",
        13: "UNINITIALIZED",
        14: "CLOSED",
        15: "QUEUE_EMPTY",
        101: "EXEC_UNIT_UNRECOVERABLE",
        1002: "EXEC_BAD_INPUT",
        1003: "EXEC_COMPLETED_WITH_NUM_ERR",
        1004: "EXEC_COMPLETED_WITH_ERR",
        1005: "EXEC_NC_BUSY",
        1006: "EXEC_OOB",
        1100: "COLL_PENDING",
        1200: "EXEC_HW_ERR_COLLECTIVES",
        1201: "EXEC_HW_ERR_HBM_UE",
        1202: "EXEC_HW_ERR_NC_UE",
        1203: "EXEC_HW_ERR_DMA_ABORT",
        1204: "EXEC_SW_NQ_OVERFLOW",
        1205: "EXEC_HW_ERR_REPAIRABLE_HBM_UE",
        1206: "NETWORK_PROXY_FAILURE",
    }

    assert expected == {status.number: status.name.removeprefix("NRT_") for status in STATUSES}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (1006, "1006"),
        (1006, "NRT_EXEC_OOB"),
        (1006, "nrt_exec_oob"),
        (1006, " EXEC_OOB\n"),
        (0, "0"),
        (101, "NRT_EXEC_UNIT_UNRECOVERABLE"),
        (101, "NRT_EXEC_UNIT_DISABLED"),
        (None, "8"),
        (None, "01006"),
        (None, "NRT_"),
        (None, "NRT_STATE_CHILD"),
        (None, ""),
    ],
)
def test_find_a_return_code(expected: int | None, text: str) -> None:
    """A return code is found by its number and by its names, of today and of before."""
    status = find_nrt_status(text)

    assert expected == (status and status.number)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (1003, KNOWN["LOG-EX-006"].hit),
        (1005, KNOWN["LOG-INFO-010"].hit),
        (10, KNOWN["LOG-NEFF-001"].hit),
        (4, KNOWN["LOG-MEM-001"].hit),
        (None, KNOWN["LOG-DRV-003"].hit),
        (None, "Inference completed with err: 77"),
    ],
)
def test_the_return_code_of_a_line(expected: int | None, line: str) -> None:
    """A line's return code is the one that it says, else the one that goes with its pattern."""
    (known,) = recognise([line])

    assert expected == (known.status and known.status.number)
