from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from neuron_collectors.facts import NOT_COLLECTED, Inventory, Unread
from neuron_collectors.facts.neuron_ls import NOT_PRINTED, NeuronLs, NeuronLsDevice, NeuronLsProcess
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.inventory import COLLECTORS
from neuron_collectors.neuron_ls import (
    JSON_OUTPUT,
    NEURON_LS,
    OUTPUT_FORMAT_JSON,
    TABLE,
    collect_neuron_ls,
    parse_log_line,
    parse_neuron_ls,
)
from neuron_collectors.neuron_ls_json import parse_neuron_ls_json
from neuron_collectors.neuron_ls_table import parse_neuron_ls_table
from neuron_collectors.redaction import redact
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

from .conftest import CollectLive, MakeHost

GIB = 2**30

JSON_TRN1 = """[
    {
        "neuron_device": 0,
        "bdf": "0000:00:1e.0",
        "cpu_affinity": "0-7",
        "numa_node": "-1",
        "connected_to": null,
        "nc_count": 2,
        "memory_size": 34359738368,
        "neuroncore_ids": [0, 1],
        "neuron_processes": []
    }
]"""

TRN1 = NeuronLs(
    form="json array",
    devices=(
        NeuronLsDevice(
            index=0,
            bdf="0000:00:1e.0",
            core_count=2,
            core_ids=(0, 1),
            memory_bytes=32 * GIB,
            connected_to=(),
            cpu_affinity="0-7",
            numa_node=None,
            processes=(),
        ),
    ),
)

CONTAINER = {
    "instance_type": "trn2.48xlarge",
    "instance_id": "i-0123456789abcdef0",
    "neuron_device": 0,
    "bdf": "0000:e1:00.0",
    "numa_node": "1",
    "connected_to": [12, 1, 9, 14],
    "nc_count": 4,
    "logical_neuroncore_config": 2,
    "neuron_processes": [{"pid": 1966680, "command": "", "neuron_runtime_version": "2.34.10"}],
}

TABLE_TRN1 = """\
instance-type: trn1.2xlarge
instance-id: i-0123456789abcdef0
+--------+--------+----------+--------+--------------+----------+------+
| NEURON | NEURON |  NEURON  | NEURON |     PCI      |   CPU    | NUMA |
| DEVICE | CORES  | CORE IDS | MEMORY |     BDF      | AFFINITY | NODE |
+--------+--------+----------+--------+--------------+----------+------+
| 0      | 2      | 0-1      | 32 GB  | 0000:00:1e.0 | 0-7      | -1   |
+--------+--------+----------+--------+--------------+----------+------+
"""

TABLE_2019 = """\
+--------------+---------+--------+-----------+-----------+------+------+-----------------------+---------+---------+
|   PCI BDF    | LOGICAL | NEURON |  MEMORY   |  MEMORY   | EAST | WEST |        RUNTIME        | RUNTIME | RUNTIME |
|              |   ID    | CORES  | CHANNEL 0 | CHANNEL 1 |      |      |        ADDRESS        |   PID   | VERSION |
+--------------+---------+--------+-----------+-----------+------+------+-----------------------+---------+---------+
| 0000:00:1c.0 |       0 |      4 | 4096 MB   | 4096 MB   |    1 |    0 | unix:/run/neuron.sock |    8871 | 1.0.8.2 |
+--------------+---------+--------+-----------+-----------+------+------+-----------------------+---------+---------+
| 0000:00:1d.0 |       1 |      4 | 4096 MB   | 4096 MB   |    0 |    1 | NA                    |    8872 | NA      |
+--------------+---------+--------+-----------+-----------+------+------+-----------------------+---------+---------+
"""

TABLE_PROCESSES = """\
Neuron Tools have changed with Neuron v1.16.0
$ neuron-ls
+--------+--------+--------+-----------+---------+-------+------------------------+---------+
| NEURON | NEURON | NEURON | CONNECTED |   PCI   |  PID  |        COMMAND         | RUNTIME |
| DEVICE | CORES  | MEMORY |  DEVICES  |   BDF   |       |                        | VERSION |
+--------+--------+--------+-----------+---------+-------+------------------------+---------+
| 0      | 4      | 8 GB   | 1         | 00:1c.0 | 23518 | app infer --in | tee.. | 2.0.0   |
|        |        |        |           |         | 23764 | neuron-monitor         | NA      |
+--------+--------+--------+-----------+---------+-------+------------------------+---------+
| 1      | 4      | 8 GB   | 2, 0      | 00:1d.0 | NA    | NA                     | NA      |
+--------+--------+--------+-----------+---------+-------+------------------------+---------+
"""

TABLE_LOGICAL = """\
logical-neuroncore-config: 2
+--------+--------+---------+--------+
| NEURON | NEURON | LOGICAL | NEURON |
| DEVICE | CORES  |   NC    | MEMORY |
+--------+--------+---------+--------+
| 0      | 8      | 4       | 96 GB  |
+--------+--------+---------+--------+
"""

SQUEEZED = """\
+--------+--------+--------+--------+
| NEURON | NEURON | NEURON | PCI |
| DEVICE | CORES | MEMORY | BDF |
+--------+--------+--------+--------+
| 0 | 2 | 32 GB | 00:1e.0 |
+--------+--------+--------+--------+"""

CHAIN = """\
+--------+--------+
| NEURON | NEURON |
| DEVICE | CORES  |
+--------+--------+
| 0      | 4      |
+--------+--------+

Neuron Device Topology


  [ 0 ]◄--►[ 1 ]◄--►[10 ]
"""

TORUS = """\
        *        *
        │        │
        ▼        ▼
  *--►[ 0 ]◄--►[ 1 ]◄--►[ 2 ]◄--*
        ▲        ▲
        │        │
        ▼        ▼
  *--►[ 3 ]◄--►[ 4 ]◄--►[ 5 ]◄--*
        ▲
        │
        ▼
      [ 6 ]    [ 7 ]
        ▲        ▲
        │        │
        *        *

  Legend:

          *--► = Wrap-around link
"""


NO_DRIVER = (
    'time="2026-09-12T02:42:06Z" level=fatal msg="Failed to load MLA system information" '
    'error="failed to discover Neuron devices"'
)


def listing(**fields: Any) -> str:
    """Return the JSON of one device that has *fields* besides its index."""
    return json.dumps([{"neuron_device": 0, **fields}])


def tree(make_host: MakeHost, *runs: tuple[Sequence[str], int | None, str, str]) -> Host:
    """Return a captured tree with *runs*: arguments, exit status, standard output, standard error."""
    files: dict[str, str] = {}
    index = []
    for number, (argv, returncode, stdout, stderr) in enumerate(runs):
        files[f".commands/{number}.out"], files[f".commands/{number}.err"] = stdout, stderr
        streams = {"stdout": f"{number}.out", "stderr": f"{number}.err"}
        index.append({"argv": list(argv), "returncode": returncode, **streams})
    return make_host({**files, ".commands/index.json": json.dumps(index)})


def with_topology(picture: str) -> str:
    return f"{TABLE_TRN1}\nNeuron Device Topology\n{picture}"


def test_json_of_one_device_parses() -> None:
    """An array without a newline at its end, with a NUMA node of -1 and null for no neighbours."""
    assert TRN1 == parse_neuron_ls(JSON_TRN1)


def test_json_in_a_container_parses() -> None:
    """The device is the container's first, its address, neighbours and process ids are the host's."""
    assert NeuronLs(
        form="json array",
        instance_type="trn2.48xlarge",
        instance_id="i-0123456789abcdef0",
        logical_neuroncore_config=2,
        devices=(
            NeuronLsDevice(
                index=0,
                bdf="0000:e1:00.0",
                core_count=4,
                connected_to=(12, 1, 9, 14),
                numa_node=1,
                processes=(NeuronLsProcess(pid=1966680, command=None, runtime_version="2.34.10"),),
            ),
        ),
    ) == parse_neuron_ls(json.dumps([CONTAINER]))


def test_the_oldest_json_says_less() -> None:
    """What tools before 2.25 do not print is neither absent nor zero."""
    device = parse_neuron_ls(listing(bdf="00:1e.0", nc_count=2, memory_size=34359738368)).devices[0]

    assert NeuronLsDevice(index=0, bdf="00:1e.0", core_count=2, memory_bytes=32 * GIB) == device
    assert NOT_PRINTED == device.core_ids


@pytest.mark.parametrize(
    "document",
    [
        {"instance_type": "trn2.48xlarge", "logical_neuroncore_config": 2, "neuron_devices": [{"neuron_device": 3}]},
        {
            "instance": {"instance_type": "trn2.48xlarge"},
            "ultraserver": {"logical_neuroncore_config": 2, "size": 4},
            "devices": [{"neuron_device": 3}],
            "warnings": ["none"],
        },
    ],
)
def test_the_announced_object_is_searched_by_name(document: object) -> None:
    """SDK 2.34's object is known by its announcement only: what is found by a known name counts, wherever it stands."""
    found = parse_neuron_ls(json.dumps(document))

    assert ("json object", "trn2.48xlarge", 2) == (found.form, found.instance_type, found.logical_neuroncore_config)
    assert (NeuronLsDevice(index=3),) == found.devices
    assert NOT_PRINTED == found.instance_id


def test_devices_that_disagree_about_the_instance_leave_it_unread() -> None:
    """What must be the same in every element and is not, is not known; the devices are."""
    one, other = {**CONTAINER, "instance_type": "trn1.2xlarge"}, {**CONTAINER, "neuron_device": 1}
    found = parse_neuron_ls(json.dumps([one, other]))

    assert Unread("instance_type: not the same everywhere in the output") == found.instance_type
    assert [0, 1] == [device.index for device in found.devices]


@pytest.mark.parametrize(
    ("fields", "name", "reason"),
    [
        ({"bdf": "e1:00"}, "bdf", "bdf: not a PCI address: 'e1:00'"),
        ({"nc_count": "4"}, "core_count", "nc_count: not an integer: '4'"),
        ({"nc_count": -1}, "core_count", "nc_count: less than 0: -1"),
        ({"neuroncore_ids": [0, None]}, "core_ids", "neuroncore_ids[1]: not an integer: null"),
        ({"memory_size": 1.5}, "memory_bytes", "memory_size: not a whole number: 1.5"),
        ({"connected_to": {}}, "connected_to", "connected_to: not an array: an object"),
        ({"cpu_affinity": "all"}, "cpu_affinity", "cpu_affinity: not a list of CPUs: 'all'"),
        ({"numa_node": 1}, "numa_node", "numa_node: not text: 1"),
        ({"numa_node": "one"}, "numa_node", "numa_node: not a NUMA node: 'one'"),
        ({"neuron_processes": [7]}, "processes", "neuron_processes[0]: not an object: 7"),
    ],
)
def test_a_bad_field_costs_only_itself(fields: dict[str, object], name: str, reason: str) -> None:
    """A field that is not what it should be is unread with the reason; the rest of the device stands."""
    device = parse_neuron_ls(listing(**fields)).devices[0]

    assert NeuronLsDevice(index=0, **{name: Unread(reason)}) == device


def test_a_bad_instance_id_is_not_repeated() -> None:
    """A reason is not redacted, so it does not quote what may identify a machine."""
    found = parse_neuron_ls(listing(instance_id="mi-0123456789"))

    assert Unread("instance_id: not an instance id") == found.instance_id


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("", "neither a table nor JSON: ''"),
        ("unknown flag `badflag'\n", 'neither a table nor JSON: "unknown flag `badflag\'"'),
        (JSON_TRN1[:200], "not JSON: "),
        ("[{}]", "[0].neuron_device: no index: null"),
        ('[{"neuron_device": null}]', "[0].neuron_device: no index: null"),
        ('[{"neuron_device": 0}, 7]', "[1]: not an object: 7"),
        ('[{"neuron_device": "0"}]', "[0].neuron_device: no index: '0'"),
        ('{"error": "AccessDenied"}', "0 lists of devices in 'error'"),
        ('{"a": [{"neuron_device": 0}], "b": [{"neuron_device": 0}]}', "2 lists of devices in 'a', 'b'"),
        ('[{"neuron_device": 0, "neuron_device": 1}]', "key given twice: 'neuron_device'"),
        ("[" * 100_000, "not JSON: nested too deeply"),
        (TABLE_TRN1[:-74], "the table breaks off: "),
        (TABLE_TRN1[:-80], "the table breaks off: "),
        (TABLE_TRN1.replace("| 0-7      |", ""), "not a row of 7 cells: "),
        (TABLE_TRN1.replace("| 0  ", "| zero"), "not the index of a device: 'zero'"),
        (TABLE_TRN1.replace("| 0  ", "|    "), "a row before the first device: "),
        (TABLE_TRN1.replace("DEVICE", "SERVER"), "no table of devices: NEURON SERVER, NEURON CORES, "),
        (TABLE_TRN1.replace("| NEURON |", "| NEURON "), "no titles: "),
        ("+---+\n+---+\n+---+\n", "no titles: "),
        ("+---+\n| NEURON DEVICE |\n+---+\n+---+\n", "a table without a device"),
        ("+---+\n|\n+---+\n| 0 |\n+---+\n", "not a row: '|'"),
    ],
)
def test_what_is_no_listing_is_refused(output: str, message: str) -> None:
    """Failures of the tool, cut-off output, other tables and junk give an error with the offending text."""
    with pytest.raises(CollectorError) as caught:
        parse_neuron_ls(output)

    assert str(caught.value).startswith("neuron-ls: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("parse", "message"),
    [
        (parse_neuron_ls_json, "neuron-ls: neither an array nor an object: 7"),
        (parse_neuron_ls_table, "neuron-ls: no table: '7'"),
    ],
)
def test_each_form_has_a_parser_of_its_own(parse: Callable[[str], NeuronLs], message: str) -> None:
    """Whoever knows the form can name it, and is told where it is not that form."""
    with pytest.raises(CollectorError, match=f"^{message}$"):
        parse("7")


def test_an_empty_array_lists_no_device() -> None:
    """An array without elements is what it says."""
    assert NeuronLs(form="json array") == parse_neuron_ls("[]")


def test_the_newest_table_parses() -> None:
    """Core ids, CPUs and NUMA node have columns; without a process there is no column that would tell of one."""
    expected = replace(
        TRN1,
        form="table",
        instance_type="trn1.2xlarge",
        instance_id="i-0123456789abcdef0",
        devices=(replace(TRN1.devices[0], connected_to=NOT_PRINTED, processes=NOT_PRINTED),),
    )

    assert expected == parse_neuron_ls(TABLE_TRN1)


def test_windows_line_ends_and_indents_change_nothing() -> None:
    """A table that went through a document or another system's editor is the same table."""
    indented = "".join(f"   {line}\r\n" for line in TABLE_TRN1.splitlines())

    assert parse_neuron_ls(TABLE_TRN1) == parse_neuron_ls(indented)


def test_the_oldest_table_parses() -> None:
    """In 2019 the memory stood in two channels, and root saw the runtime's daemon."""
    found = parse_neuron_ls(TABLE_2019)
    first = NeuronLsProcess(pid=8871, runtime_version="1.0.8.2", runtime_address="unix:/run/neuron.sock")
    second = NeuronLsProcess(pid=8872, runtime_version=None, runtime_address=None)
    inferentia = NeuronLsDevice(index=0, bdf="0000:00:1c.0", core_count=4, memory_bytes=8 * GIB, processes=(first,))

    assert (inferentia, replace(inferentia, index=1, bdf="0000:00:1d.0", processes=(second,))) == found.devices


def test_processes_stand_in_rows_of_their_own() -> None:
    """Rows without an index belong to the device above; NA is none; a bar in a command separates nothing."""
    first, second = parse_neuron_ls(TABLE_PROCESSES).devices
    app = NeuronLsProcess(pid=23518, command="app infer --in | tee..", runtime_version="2.0.0")
    monitor = NeuronLsProcess(pid=23764, command="neuron-monitor", runtime_version=None)

    assert ((1,), (2, 0)) == (first.connected_to, second.connected_to)
    assert (app, monitor) == first.processes
    assert () == second.processes


def test_logical_cores_are_the_cores() -> None:
    """Where a table tells logical from physical cores, the logical ones are counted, as everywhere else."""
    found = parse_neuron_ls(TABLE_LOGICAL)

    assert (2, 4, 96 * GIB) == (
        found.logical_neuroncore_config,
        found.devices[0].core_count,
        found.devices[0].memory_bytes,
    )


def test_padding_does_not_matter() -> None:
    """A table whose cells a formatter squeezed is the same table."""
    assert (NeuronLsDevice(index=0, bdf="00:1e.0", core_count=2, memory_bytes=32 * GIB),) == parse_neuron_ls(
        SQUEEZED
    ).devices


@pytest.mark.parametrize(
    ("good", "bad", "name", "reason"),
    [
        ("32 GB ", "32 Gb ", "memory_bytes", "NEURON MEMORY: not a size: '32 Gb'"),
        ("0-1  ", "1-0  ", "core_ids", "NEURON CORE IDS: not a range: '1-0'"),
        ("| 2 ", "| ? ", "core_count", "NEURON CORES: not a number: '?'"),
        ("00:1e.0 ", "00:1e.9 ", "bdf", "PCI BDF: not a PCI address: '0000:00:1e.9'"),
    ],
)
def test_a_bad_cell_costs_only_itself(good: str, bad: str, name: str, reason: str) -> None:
    """A cell that is not what it should be is unread with the reason; the rest of the row stands."""
    whole = parse_neuron_ls(TABLE_TRN1).devices[0]
    found = parse_neuron_ls(TABLE_TRN1.replace(good, bad)).devices[0]

    assert replace(whole, **{name: Unread(reason)}) == found  # type: ignore[arg-type]


def test_one_bad_channel_leaves_the_memory_unread() -> None:
    """Half a sum is no sum."""
    found = parse_neuron_ls(TABLE_2019.replace("4096 MB   |    1 |", "?         |    1 |"))

    assert [Unread("MEMORY CHANNEL 1: not a size: '?'"), 8 * GIB] == [d.memory_bytes for d in found.devices]


def test_a_chain_is_read_from_its_picture() -> None:
    """Neighbours in a row are linked where an arrow stands between them."""
    assert ((0, 1), (1, 10)) == parse_neuron_ls(CHAIN).topology


def test_a_torus_is_read_from_its_picture() -> None:
    """Arrows down, and the marks at the ends of a row or a column, are links too; the legend is none."""
    across = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)]
    down = [(0, 3), (1, 4), (3, 6), (0, 6), (1, 7)]

    assert tuple(sorted(across + down)) == parse_neuron_ls(with_topology(TORUS)).topology


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("", Unread("topology: no device")),
        ("\n  [ 0 ]\n", ()),
        ("\n  [ 0 ]   [ 1 ]\n", Unread("topology: devices, and no link that could be read")),
        ("\n  [ 0 ]<==>[ 1 ]\n", Unread("topology: unknown sign '<'")),
        ("\n  [ 0 ]◄--►[ 1 ]\n\nubuntu@host:~$ ls\n", ((0, 1),)),
    ],
)
def test_a_picture_of_another_kind_is_not_guessed(picture: str, expected: object) -> None:
    """No links are made up from a picture that this program does not know."""
    assert expected == parse_neuron_ls(with_topology(picture)).topology


def test_without_the_flag_there_is_no_topology() -> None:
    """A table alone does not say that devices are not linked."""
    assert NOT_PRINTED == parse_neuron_ls(TABLE_TRN1).topology


@pytest.mark.parametrize(
    ("bdf", "expected"),
    [
        ("cc:00.0", True),
        ("0000:cc:00.0", True),
        ("0001:cc:00.0", False),
        ("cc:00.1", False),
        (NOT_PRINTED, NOT_PRINTED),
        (None, None),
    ],
)
def test_a_bdf_names_a_function_with_or_without_its_domain(bdf: Any, expected: object) -> None:
    """The short form leaves out the domain, so it is no reason to differ."""
    assert expected == NeuronLsDevice(index=0, bdf=bdf).is_at("0000:cc:00.0")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            NO_DRIVER,
            "Failed to load MLA system information: failed to discover Neuron devices",
        ),
        ('time="2026-09-12T02:42:06Z" level=fatal msg="Gave up"', "Gave up"),
        ("Segmentation fault", "Segmentation fault"),
        ("", ""),
    ],
)
def test_the_log_lines_message_is_found(line: str, expected: str) -> None:
    """Of a line that the tool logs, the message and its cause are kept, and the time is not."""
    assert expected == parse_log_line(line)


def test_recorded_output_is_used(make_host: MakeHost) -> None:
    """In a captured tree the recorded command speaks, whatever the tree says about the driver."""
    assert TRN1 == collect_neuron_ls(tree(make_host, (JSON_OUTPUT, 0, JSON_TRN1, "")))


@pytest.mark.parametrize(
    ("tools_version", "expected"),
    [
        (NOT_COLLECTED, "json array"),
        (None, "json array"),
        ("2.28.23.0-f1c114a9d", "json array"),
        ("2.33.38.0", "json array"),
        ("2.x.4989.0", "json array"),
        ("2.34.1.0", "json object"),
        ("3.0.0.0", "json object"),
    ],
)
def test_the_flag_follows_the_version(make_host: MakeHost, tools_version: Any, expected: str) -> None:
    """Tools of SDK 2.34 and newer are asked with the new flag first, all others with the old one."""
    new = json.dumps({"neuron_devices": [{"neuron_device": 0}]})
    host = tree(make_host, (JSON_OUTPUT, 0, JSON_TRN1, ""), (OUTPUT_FORMAT_JSON, 0, new, ""))
    found = collect_neuron_ls(host, tools_version=tools_version)

    assert isinstance(found, NeuronLs)
    assert expected == found.form


@pytest.mark.parametrize(
    ("refused", "stdout", "stderr"),
    [
        (JSON_OUTPUT, "unknown flag `j'\n", ""),
        (JSON_OUTPUT, "", "Error: unknown shorthand flag: 'j' in -j\n"),
        (JSON_OUTPUT, "", "--json-output is no longer supported: use --output-format json\n"),
        (OUTPUT_FORMAT_JSON, "unknown flag `output-format'\n", ""),
    ],
)
def test_a_refused_flag_is_tried_the_other_way(
    make_host: MakeHost, refused: Sequence[str], stdout: str, stderr: str
) -> None:
    """The version decides which flag comes first, the tool which one counts."""
    other = OUTPUT_FORMAT_JSON if refused == JSON_OUTPUT else JSON_OUTPUT
    host = tree(make_host, (refused, 1, stdout, stderr), (other, 0, JSON_TRN1, ""))

    assert TRN1 == collect_neuron_ls(host)
    assert TRN1 == collect_neuron_ls(host, tools_version="2.34.0.0")


def test_a_tool_without_json_prints_its_table(make_host: MakeHost) -> None:
    """The oldest tools know neither flag."""
    refusals = [(argv, 1, "unknown flag `x'\n", "") for argv in (JSON_OUTPUT, OUTPUT_FORMAT_JSON)]
    found = collect_neuron_ls(tree(make_host, *refusals, (TABLE, 0, TABLE_2019, "")))

    assert isinstance(found, NeuronLs)
    assert "table" == found.form


def test_a_tree_with_the_table_alone_will_do(make_host: MakeHost) -> None:
    """Whoever captured the tree may have recorded any of the forms."""
    assert parse_neuron_ls(TABLE_TRN1) == collect_neuron_ls(tree(make_host, (TABLE, 0, TABLE_TRN1, "")))


@pytest.mark.parametrize(
    ("returncode", "stdout", "stderr", "why"),
    [
        (
            1,
            "",
            f"{NO_DRIVER}\n",
            "Failed to load MLA system information: failed to discover Neuron devices",
        ),
        (1, "AccessDenied\n", "", "AccessDenied"),
        (-11, "", "", "exit status -11"),
    ],
)
def test_a_failure_is_told_with_its_reason(
    make_host: MakeHost, returncode: int, stdout: str, stderr: str, why: str
) -> None:
    """A tool that gives up did not say that there is no device: its reason is kept, and it is not asked again."""
    host = tree(make_host, (JSON_OUTPUT, returncode, stdout, stderr), (TABLE, 0, TABLE_TRN1, ""))

    with pytest.raises(CollectorError) as caught:
        collect_neuron_ls(host)

    assert f"{NEURON_LS}: {why}" == str(caught.value)


def test_a_tool_that_refuses_everything_fails(make_host: MakeHost) -> None:
    """There is always an end to the trying."""
    host = tree(make_host, *((argv, 1, "unknown flag `x'\n", "") for argv in (JSON_OUTPUT, OUTPUT_FORMAT_JSON, TABLE)))

    with pytest.raises(CollectorError, match="unknown flag `x'"):
        collect_neuron_ls(host)


def test_a_tree_without_the_command_is_not_collected(make_host: MakeHost) -> None:
    """What nobody recorded is not absent."""
    assert NOT_COLLECTED == collect_neuron_ls(make_host())
    assert NOT_COLLECTED == collect_neuron_ls(tree(make_host, (("/usr/bin/rpm", "-qa"), 0, "", "")))


def test_a_recorded_lack_of_the_tool_is_absence(make_host: MakeHost) -> None:
    """Where the capture looked and found no such program, there is none."""
    assert None is collect_neuron_ls(tree(make_host, (JSON_OUTPUT, None, "", "")))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, Unread(f"{NEURON_LS} was not run: the driver is not live")),
        ({"sys/module/neuron/initstate": "coming\n"}, Unread(f"{NEURON_LS} was not run: the driver is not live")),
        ({"sys/module/neuron/initstate": "live\n"}, None),
    ],
)
def test_a_live_machine_is_asked_only_with_a_live_driver(
    collect_live: CollectLive, files: dict[str, str], expected: object
) -> None:
    """While the driver registers devices nobody opens them; with a live driver, and no such program, there is none."""
    assert expected == collect_live("neuron_ls", "collect_neuron_ls", files)


def test_no_service_runs_it() -> None:
    """The tool opens device nodes, so only who takes one inventory in person adds it to the collectors."""
    assert "neuron_ls" not in COLLECTORS
    assert collect_neuron_ls not in COLLECTORS.values()


def test_identifiers_are_redacted() -> None:
    """Of a command the program's name is left, and the instance is the pseudonym that it has everywhere."""
    command = "/home/ada/venv/bin/python /home/ada/train.py --token secret"
    process = {"pid": 7, "command": command, "neuron_runtime_version": "2.30.51"}
    listed = parse_neuron_ls(listing(instance_id="i-0123456789abcdef0", neuron_processes=[process, {"pid": 8}]))
    redacted = redact(Inventory(neuron_ls=listed), key=b"0123456789abcdef").neuron_ls

    assert isinstance(redacted, NeuronLs)
    assert "i-0123456789abcdef0" != redacted.instance_id
    assert (
        NeuronLsProcess(pid=7, command="python", runtime_version="2.30.51"),
        NeuronLsProcess(pid=8),
    ) == redacted.devices[0].processes


@pytest.mark.parametrize("output", [JSON_TRN1, json.dumps([CONTAINER]), TABLE_2019, TABLE_PROCESSES, CHAIN])
def test_a_listing_survives_as_a_snapshot(output: str) -> None:
    """What was parsed is written and read back without loss."""
    inventory = Inventory(neuron_ls=parse_neuron_ls(output))

    assert inventory == loads_inventory(dumps_inventory(inventory))
