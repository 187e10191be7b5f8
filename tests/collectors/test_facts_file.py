from __future__ import annotations

import json
import os
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from neuron_collectors.facts import (
    NOT_COLLECTED,
    NOT_GIVEN,
    Container,
    DeviceNode,
    DriverFiles,
    Instance,
    Inventory,
    LoadedDriver,
    Memory,
    Neff,
    NeuronDevice,
    OperatingSystem,
    OsPackages,
    PciFunction,
    Process,
    PythonEnvironment,
    RuntimeLibrary,
)
from neuron_collectors.facts_file import FactsError, load_facts_file, looks_like_toml, parse_facts
from neuron_collectors.input_error import InputError, InputMissing
from neuron_collectors.input_file import INPUT_LIMIT

FACTS = Path(__file__).parent / "facts"

NOTHING = Inventory(**{field.name: NOT_GIVEN for field in fields(Inventory) if field.name != "failures"})  # type: ignore[arg-type]
"""The inventory of a facts file that says nothing."""

UNSAID_NEFF = Neff(path="", **{field.name: NOT_GIVEN for field in fields(Neff) if field.name != "path"})
"""A model of which a facts file says nothing."""

FULL = replace(
    NOTHING,
    instance=Instance(instance_type="trn2.48xlarge", instance_id=NOT_GIVEN),
    os=OperatingSystem(id="ubuntu", version="24.04", name=NOT_GIVEN, kernel="6.14.0-1011-aws", glibc="2.39"),
    container=Container(kind=NOT_GIVEN),
    pci=(PciFunction(), PciFunction(), PciFunction()),
    devices=(NeuronDevice(), NeuronDevice()),
    device_nodes=(DeviceNode(accessible=False),),
    driver=LoadedDriver(version="2.24.7.0"),
    driver_files=DriverFiles(version="2.25.4.0", built_for_kernels=("6.14.0-1011-aws", "6.14.0-1015-aws")),
    os_packages=OsPackages(
        manager=NOT_GIVEN,
        versions={
            "aws-neuronx-dkms": "2.25.4.0",
            "aws-neuronx-runtime-lib": "2.29.40.0-f954cd7a5",
            "aws-neuronx-tools": None,
        },
        partial=True,
        held=("aws-neuronx-dkms", "linux-image-aws"),
        incomplete=NOT_GIVEN,
    ),
    python_environments=(
        PythonEnvironment(
            path="/home/ubuntu/venv",
            python="3.12.3",
            packages={"torch-neuronx": "2.8.0.2.10.13553+1e4dd6ca", "torch": "2.8.0", "neuronx-distributed": None},
            partial=True,
            requires={"torch-neuronx": ("torch==2.8.*", "libneuronxla")},
            placeholders=("neuronx-cc",),
        ),
        PythonEnvironment(path="python_envs[1]", partial=True),
    ),
    runtime_libraries=(
        RuntimeLibrary(
            path=NOT_GIVEN, version="2.29.40.0", supported_feature_bits=0x80000000000000FF, compatibility_id=5
        ),
    ),
    neffs=(
        replace(
            UNSAID_NEFF,
            path="graph.neff",
            neff_version="2.0",
            feature_bits=0x401,
            target="trn2",
            lnc_size=2,
            compiler_version="2.21.18209.0",
        ),
        replace(UNSAID_NEFF, path="neffs[1]", target=None),
    ),
    environment={"NEURON_LOGICAL_NC_CONFIG": "2", "NEURON_CC_FLAGS": ""},
    processes=(Process(pid=17, command="vllm serve", devices=(0, 1), cores=None),),
    memory=Memory(total_bytes=2199023255552, available_bytes=1099511627776),
    log_lines=("ERROR  NRT:nrt_allocate_neuron_cores  NeuronCore(s) not available - Requested:8 Available:0", ""),
    kernel_log=("neuron: module verification failed: signature and/or required key missing - tainting kernel",),
)


def inventory_of(facts: object) -> Inventory:
    return parse_facts(json.dumps(facts), toml=False)


def error_of(source: str, *, toml: bool = False) -> str:
    with pytest.raises(FactsError) as caught:
        parse_facts(source, toml=toml)
    assert isinstance(caught.value, InputError)
    return str(caught.value)


def test_every_key_fills_its_field() -> None:
    """A facts file that uses every key becomes the inventory written out by hand."""
    inventory = load_facts_file(FACTS / "full.json")

    assert inventory == FULL


def test_toml_says_the_same() -> None:
    """The same facts in TOML and in JSON are the same inventory."""
    inventory = load_facts_file(FACTS / "said.toml")

    assert load_facts_file(FACTS / "said.json") == inventory
    assert inventory != NOTHING


@pytest.mark.parametrize(
    ("key", "filled"),
    [
        ("instance_type", ["instance"]),
        ("os", ["os"]),
        ("in_container", ["container"]),
        ("devices", ["pci", "devices", "device_nodes"]),
        ("driver", ["driver", "driver_files"]),
        ("runtime", ["runtime_libraries"]),
        ("python_envs", ["python_environments"]),
        ("neffs", ["neffs"]),
        ("environment", ["environment"]),
        ("processes", ["processes"]),
        ("memory", ["memory"]),
        ("log_lines", ["log_lines"]),
        ("kernel_log", ["kernel_log"]),
    ],
)
def test_every_key_may_be_left_out(key: str, filled: list[str]) -> None:
    """What a facts file does not say is not given, and nothing else changes."""
    facts = json.loads((FACTS / "full.json").read_text())
    del facts[key]
    unsaid: dict[str, Any] = dict.fromkeys(filled, NOT_GIVEN)
    inventory = inventory_of(facts)

    assert replace(FULL, **unsaid) == inventory


def test_an_empty_object_says_nothing() -> None:
    """Every fact of an empty facts file is not given, which is not the same as not collected."""
    inventory = inventory_of({})

    assert NOTHING == inventory
    assert NOT_COLLECTED not in [getattr(inventory, f.name) for f in fields(Inventory)]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"os": {}}, "os"),
        ({"driver": {"loaded": "2.24.7.0"}}, "driver"),
        ({"driver": {"on_disk": "2.24.7.0"}}, "driver_files"),
        ({"os_packages": {}}, "os_packages"),
        ({"held_packages": []}, "os_packages"),
        ({"instance_type": "trn1"}, "instance"),
        ({"memory": {}}, "memory"),
    ],
)
def test_what_is_not_given_is_never_called_not_collected(facts: object, field: str) -> None:
    """The fields of a fact that is only partly given are not given."""
    fact = getattr(inventory_of(facts), field)

    assert NOT_COLLECTED not in [getattr(fact, f.name) for f in fields(fact)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"instance_type": None}, {"instance": None}),
        ({"os": None}, {"os": None}),
        ({"os": {"glibc": None}}, {"os": OperatingSystem(glibc=None)}),
        ({"in_container": None}, {"container": None}),
        ({"in_container": False}, {"container": None}),
        ({"devices": None}, {"pci": None, "devices": None, "device_nodes": None}),
        ({"devices": {"pci": None}}, {"pci": None}),
        ({"devices": {"nodes": 0}}, {"device_nodes": ()}),
        ({"devices": {"nodes": 1, "accessible": None}}, {"device_nodes": (DeviceNode(accessible=None),)}),
        ({"driver": None}, {"driver": None, "driver_files": None}),
        ({"driver": {"loaded": None}}, {"driver": None}),
        ({"driver": {"on_disk": None}}, {"driver_files": None}),
        ({"driver": {"built_for_kernels": None}}, {"driver_files": None}),
        ({"driver": {"on_disk": None, "built_for_kernels": None}}, {"driver_files": None}),
        (
            {"driver": {"on_disk": None, "built_for_kernels": ["5.15.0-1084-aws"]}},
            {"driver_files": DriverFiles(version=None, built_for_kernels=("5.15.0-1084-aws",))},
        ),
        (
            {"driver": {"built_for_kernels": []}},
            {"driver_files": DriverFiles(version=NOT_GIVEN, built_for_kernels=())},
        ),
        ({"os_packages": None}, {"os_packages": None}),
        ({"os_packages": None, "held_packages": None}, {"os_packages": None}),
        (
            {"held_packages": None},
            {"os_packages": OsPackages(partial=True, held=None, incomplete=NOT_GIVEN)},
        ),
        ({"runtime": None}, {"runtime_libraries": None}),
        ({"runtime": {"version": None}}, {"runtime_libraries": (RuntimeLibrary(version=None),)}),
        ({"python_envs": None}, {"python_environments": None}),
        ({"neffs": None}, {"neffs": None}),
        ({"environment": None}, {"environment": None}),
        ({"environment": {"NEURON_RT_NUM_CORES": None}}, {"environment": {}}),
        ({"processes": None}, {"processes": None}),
        ({"memory": {"total_bytes": None}}, {"memory": Memory(total_bytes=None)}),
        ({"log_lines": None, "kernel_log": None}, {"log_lines": None, "kernel_log": None}),
    ],
)
def test_null_is_looked_and_not_there(facts: object, expected: dict[str, Any]) -> None:
    """A null makes its fact absent, and leaves all others not given."""
    inventory = inventory_of(facts)

    assert replace(NOTHING, **expected) == inventory


def test_held_packages_need_no_package_list() -> None:
    """Packages that are held back are kept when no versions are given."""
    inventory = inventory_of({"held_packages": ["aws-neuronx-dkms"]})

    assert OsPackages(partial=True, held=("aws-neuronx-dkms",), incomplete=NOT_GIVEN) == inventory.os_packages


def test_accessible_without_nodes_says_nothing_of_them() -> None:
    """Whether nodes are accessible does not say how many there are."""
    inventory = inventory_of({"devices": {"driver": 1, "accessible": True}})

    assert replace(NOTHING, devices=(NeuronDevice(),)) == inventory


@pytest.mark.parametrize(
    ("mask", "bits"), [("0x1ff", 511), ("0X1FF", 511), (511, 511), (0, 0), ("0x" + "f" * 16, 2**64 - 1)]
)
def test_bit_masks_are_numbers_or_hexadecimal(mask: object, bits: int) -> None:
    """A bit mask is written as error messages print it, or as a number."""
    inventory = inventory_of({"runtime": {"supported_feature_bits": mask}})

    assert (RuntimeLibrary(supported_feature_bits=bits),) == inventory.runtime_libraries


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('{"devices": {"pci": "sixteen"}}', "devices.pci: not a number: 'sixteen'"),
        ('{"devices": {"pci": true}}', "devices.pci: not a number: true"),
        ('{"devices": {"pci": 16.0}}', "devices.pci: not a whole number: 16.0"),
        ('{"devices": {"nodes": -1}}', "devices.nodes: less than 0: -1"),
        ('{"devices": {"driver": 4097}}', "devices.driver: more than 4096: 4097"),
        ('{"devices": {"accessible": 1}}', "devices.accessible: neither true nor false: 1"),
        ('{"devices": 16}', "devices: not an object: 16"),
        ('{"in_container": "no"}', "in_container: neither true nor false: 'no'"),
        ('{"python_envs": [{"package": {}}]}', "python_envs[0].package: unknown key, did you mean 'packages'?"),
        ('{"python_envs": {}}', "python_envs: not an array: an object"),
        ('{"python_envs": [null]}', "python_envs[0]: not an object: null"),
        ('{"python_envs": [{"packages": {"torch": 2.9}}]}', "python_envs[0].packages.torch: not text: 2.9"),
        (
            '{"python_envs": [{"packages": {"torch_xla": "2.8", "Torch-XLA": "2.8"}}]}',
            "python_envs[0].packages: package given twice: 'Torch-XLA' and another spelling of it",
        ),
        (
            '{"python_envs": [{"requires": {"torch-neuronx": "torch"}}]}',
            "python_envs[0].requires.torch-neuronx: not an array: 'torch'",
        ),
        ('{"instance-type": "trn1"}', "instance-type: unknown key, did you mean 'instance_type'?"),
        ('{"drivers": null}', "drivers: unknown key, did you mean 'driver'?"),
        ('{"os": {"qqq": 1}}', "os.qqq: unknown key, known ones are: id, version, kernel, glibc"),
        ('{"driver": "2.24.7.0"}', "driver: not an object: '2.24.7.0'"),
        ('{"driver": {"loaded": "latest"}}', "driver.loaded: not a version: 'latest'"),
        ('{"python_envs": [{"packages": {"torch": ">=2"}}]}', "python_envs[0].packages.torch: not a version: '>=2'"),
        ('{"driver": {"loaded": ""}}', "driver.loaded: empty; leave it out, or say null for what is not there"),
        ('{"os": {"version": 22.04}}', "os.version: not text: 22.04"),
        ('{"os_packages": {"linux-image 6.8": []}}', "os_packages['linux-image 6.8']: not text: an array"),
        ('{"os_packages": null, "held_packages": ["a"]}', "held_packages: there are none to hold: os_packages is null"),
        (
            '{"runtime": {"supported_feature_bits": "1ff"}}',
            "runtime.supported_feature_bits: not a bit mask of at most 64 bits, like '0x1ff': '1ff'",
        ),
        (
            '{"neffs": [{"feature_bits": "0x10000000000000000"}]}',
            "neffs[0].feature_bits: not a bit mask of at most 64 bits, like '0x1ff': '0x10000000000000000'",
        ),
        ('{"neffs": [{"feature_bits": -1}]}', "neffs[0].feature_bits: less than 0: -1"),
        ('{"environment": {"NEURON_RT_NUM_CORES": 2}}', "environment.NEURON_RT_NUM_CORES: not text: 2"),
        ('{"processes": [{"command": "python"}]}', "processes[0].pid: missing"),
        ('{"processes": [{"pid": 1, "cores": [0, "1"]}]}', "processes[0].cores[1]: not a number: '1'"),
        ('{"memory": {"total_bytes": 1e9}}', "memory.total_bytes: not a whole number: 1000000000.0"),
        (
            '{"memory": {"total_bytes": 18446744073709551616}}',
            "memory.total_bytes: more than 18446744073709551615: 18446744073709551616",
        ),
        ('{"log_lines": "one"}', "log_lines: not an array: 'one'"),
        ('{"log_lines": ["\\ud800"]}', "log_lines[0]: not Unicode text: '\\ud800'"),
        ('{"os_packages": {"\\ud800": "1"}}', "os_packages['\\ud800']: not Unicode text: '\\ud800'"),
        ('{"instance_type": 5' + "0" * 60 + "}", "instance_type: not text: a number of 202 bits"),
        ('{"os": "' + "x" * 100 + '"}', "os: not an object: '" + "x" * 60 + "…'"),
        ("[]", "not an object: an array"),
        ("null", "not an object: null"),
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"os": NaN}', "not JSON: NaN"),
        ('{"os": {"id": "a", "id": "b"}}', "key given twice: 'id'"),
        ("[" * 100_000, "not JSON: nested too deeply"),
    ],
)
def test_mistakes_are_named_with_their_place(source: str, message: str) -> None:
    """A mistake is an error of one line that says where it is, what stands there and what was probably meant."""
    error = error_of(source)

    assert message == error


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    """A number that Python may refuse to convert is an error like any other, on every version."""
    error = error_of('{"memory": {"total_bytes": 1' + "0" * 5000 + "}}")

    assert error in (
        "not JSON: a number of too many digits",
        "memory.total_bytes: more than 18446744073709551615: a number of 16610 bits",
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("os = 1\nos = 2", "not TOML: "),
        ("[devices]\npci = inf", "devices.pci: not a whole number: inf"),
        ("[os]\nversion = 2023-06-01", "os.version: not text: a date"),
        ("a = " + "[" * 100_000, "not TOML: "),
    ],
)
def test_mistakes_in_toml_are_named_too(source: str, message: str) -> None:
    """TOML that is none, and types that only TOML has, are errors like those of JSON."""
    error = error_of(source, toml=True)

    assert error.startswith(message)


@pytest.mark.parametrize(
    ("name", "content", "instance_type"),
    [
        ("facts.json", b'{"instance_type": "trn1"}', "trn1"),
        ("facts.toml", b'instance_type = "trn2"', "trn2"),
        ("FACTS.TOML", b'instance_type = "trn2"', "trn2"),
        ("facts", b'\n {"instance_type": "inf2"}', "inf2"),
        ("facts.txt", b'instance_type = "inf1"', "inf1"),
        ("facts.json", b'\xef\xbb\xbf{"instance_type": "trn3"}', "trn3"),
    ],
)
def test_the_suffix_or_else_the_content_tells_the_format(
    tmp_path: Path, name: str, content: bytes, instance_type: str
) -> None:
    """The suffix decides between JSON and TOML, without one the first character; a byte order mark does not matter."""
    (tmp_path / name).write_bytes(content)
    instance = load_facts_file(tmp_path / name).instance

    assert Instance(instance_type=instance_type, instance_id=NOT_GIVEN) == instance


@pytest.mark.parametrize(("source", "toml"), [("", False), (" \n", False), ("{}", False), ("[os]", True), ("#", True)])
def test_toml_is_told_from_json(source: str, toml: bool) -> None:  # noqa: FBT001 - a column of the table
    """Only JSON starts with a brace, and a file that says nothing is taken for JSON, where it is an error."""
    assert toml == looks_like_toml(source)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b'{"os": 1}', "os: not an object: 1"), (b"\xff{}", "not UTF-8 text at byte 0")],
)
def test_the_error_names_the_file(tmp_path: Path, content: bytes, message: str) -> None:
    """An error in a file starts with the file's name."""
    path = tmp_path / "facts.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_facts_file(path)

    assert f"{path}: {message}" == str(caught.value)


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    """A file that no host could need is an error, not a machine out of memory."""
    path = tmp_path / "facts.json"
    path.touch()
    os.truncate(path, INPUT_LIMIT + 1)
    with pytest.raises(InputError) as caught:
        load_facts_file(path)

    assert f"{path}: larger than {INPUT_LIMIT} bytes" == str(caught.value)


def test_a_missing_file_is_told_apart(tmp_path: Path) -> None:
    """A file that is not there is an error of its own, so that the exit code can say so."""
    with pytest.raises(InputMissing, match="No such file or directory"):
        load_facts_file(tmp_path / "none.json")


@pytest.mark.parametrize(("path", "why"), [("/", "is a directory"), ("/dev/zero", "neither a file nor a pipe")])
def test_nothing_but_files_and_pipes_is_opened(path: str, why: str) -> None:
    """A directory is no facts file, and a device is not even opened."""
    with pytest.raises(InputError) as caught:
        load_facts_file(path)

    assert f"{path}: {why}" == str(caught.value)


def test_facts_may_come_through_a_pipe(tmp_path: Path) -> None:
    """A named pipe, which is what a shell's process substitution gives, is read to its end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=('{"instance_type": "trn1"}',))
    writer.start()
    inventory = load_facts_file(pipe)
    writer.join()

    assert Instance(instance_type="trn1", instance_id=NOT_GIVEN) == inventory.instance
