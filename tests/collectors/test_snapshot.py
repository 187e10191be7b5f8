from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuron_collectors.facts import (
    NOT_COLLECTED,
    NOT_GIVEN,
    PERMISSION,
    DriverFiles,
    Failure,
    Instance,
    Inventory,
    LoadedDriver,
    NeuronDevice,
    OsPackages,
    Process,
    PythonEnvironment,
    Unread,
)
from neuron_collectors.input_error import InputError, InputMissing
from neuron_collectors.snapshot import (
    SNAPSHOT_VERSION,
    SnapshotError,
    decode_inventory,
    dumps_inventory,
    encode_inventory,
    load_snapshot,
    loads_inventory,
)


def snapshot(facts: object = None, **more: object) -> dict[str, object]:
    return {"snapshot_version": SNAPSHOT_VERSION, "facts": facts or {}, **more}


def error_of(data: object) -> str:
    with pytest.raises(SnapshotError) as caught:
        decode_inventory(data)
    assert isinstance(caught.value, InputError)
    return str(caught.value)


def test_the_three_states_of_a_field_look_different() -> None:
    """A value is itself, absence is null, and an unread field says why."""
    inventory = Inventory(
        driver=LoadedDriver(version="2.26.5.0", taint=None, refcnt=PERMISSION),
        driver_files=None,
        pci=Unread("timed out after 3 s"),
    )
    facts = encode_inventory(inventory)["facts"]

    assert {"unread": "timed out after 3 s"} == facts["pci"]
    assert None is facts["driver_files"]
    assert {
        "version": "2.26.5.0",
        "srcversion": {"unread": "not given"},
        "initstate": {"unread": "not given"},
        "taint": None,
        "refcnt": {"unread": "permission"},
        "parameters": {"unread": "not given"},
    } == facts["driver"]


def test_the_text_is_versioned_json() -> None:
    """A snapshot is a JSON object with its version, the facts and what failed."""
    inventory = Inventory(failures=(Failure(collector="pci", reason="no answer within 5 s"),))
    document = json.loads(dumps_inventory(inventory))

    assert ["snapshot_version", "facts", "failures"] == list(document)
    assert "1.0" == document["snapshot_version"]
    assert [{"collector": "pci", "reason": "no answer within 5 s"}] == document["failures"]


@pytest.mark.parametrize(
    "inventory",
    [
        Inventory(),
        Inventory(devices=(NeuronDevice(index=0, connected_devices=(), dev=(246, 0)), NeuronDevice(dev=None))),
        Inventory(os_packages=OsPackages(versions={"dkms": None, "libc6": PERMISSION}, partial=True, held=())),
        Inventory(python_environments=(PythonEnvironment(path="/é", requires={"torch": ("a", "b")}, broken=("x",)),)),
        Inventory(processes=(Process(pid=1, cores=(0, 1)),), failures=(Failure(collector="os", reason="…"),)),
        Inventory(environment={"unread": "1"}),
        Inventory(environment={"=unread": "1", "==unread": "2", "=": "3", "read": "4"}),
        Inventory(environment={}),
    ],
)
def test_nothing_is_lost(inventory: Inventory) -> None:
    """An inventory comes back from its text as it was, a variable that is called like a mark of the format too."""
    back = loads_inventory(dumps_inventory(inventory))

    assert inventory == back


def test_names_that_are_not_unicode_stay_apart() -> None:
    """A file name may hold any byte: it is written with escapes, and the snapshot stays readable."""
    paths = ("/opt/caf\udce9", "/opt/caf\udcea")
    inventory = Inventory(python_environments=tuple(PythonEnvironment(path=path) for path in paths))
    back = loads_inventory(dumps_inventory(inventory))

    assert (r"/opt/caf\udce9", r"/opt/caf\udcea") == tuple(e.path for e in back.python_environments)  # type: ignore[union-attr]


def test_what_is_left_out_keeps_its_default() -> None:
    """A fact that an older version did not know is not collected; a field of a fact is not given."""
    inventory = decode_inventory(snapshot({"driver": {}, "driver_files": {}}))

    assert Inventory(driver=LoadedDriver(), driver_files=DriverFiles()) == inventory
    assert NOT_COLLECTED == inventory.pci
    assert LoadedDriver(version=NOT_GIVEN) == inventory.driver


@pytest.mark.parametrize(
    "data",
    [
        {"facts": {"instance": {"instance_type": "trn1"}}, "weather": "fine"},
        {"facts": {"instance": {"instance_type": "trn1", "colour": {"unread": 3}}, "fans": []}},
        {"facts": {"instance": {"instance_type": "trn1"}, "os": {"unread": "not collected", "since": "boot"}}},
    ],
)
def test_a_newer_minor_is_read_and_its_additions_ignored(data: dict[str, object]) -> None:
    """What a newer minor version added is left out; the same addition in the present version is an error."""
    inventory = decode_inventory({**data, "snapshot_version": "1.1"})

    assert Inventory(instance=Instance(instance_type="trn1")) == inventory
    assert "unknown key" in error_of({**data, "snapshot_version": "1.0"})


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2.0", "snapshot_version: 2.0 cannot be read by this program, only 1.x"),
        ("0.9", "snapshot_version: 0.9 cannot be read by this program, only 1.x"),
        ("1", "snapshot_version: not a version: '1'"),
        ("1.0 ", "snapshot_version: not a version: '1.0 '"),
        ("1." + "9" * 5000, "snapshot_version: not a version: '1." + "9" * 58 + "…'"),
        ("\u0661.\u0660", "snapshot_version: not a version: '\u0661.\u0660'"),
        (1.0, "snapshot_version: not text: 1.0"),
    ],
)
def test_another_major_is_refused(version: object, message: str) -> None:
    """A snapshot of another major version, or of none, is not read."""
    assert message == error_of({**snapshot(), "snapshot_version": version})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "not an object: null"),
        ([], "not an object: an array"),
        (3, "not an object: 3"),
        ({}, "snapshot_version: missing"),
        ({"snapshot_version": "1.0"}, "facts: missing"),
        (snapshot([1]), "facts: not an object: an array"),
        (snapshot(fact={}), "fact: unknown key, did you mean 'facts'?"),
        (snapshot({"pcie": None}), "facts.pcie: unknown key, did you mean 'pci'?"),
        (
            snapshot({"devices": [{}, {}, {}, {"core_count": "x"}]}),
            "facts.devices[3].core_count: not an integer: 'x'",
        ),
        (snapshot({"devices": [{"core_count": True}]}), "facts.devices[0].core_count: not an integer: true"),
        (snapshot({"devices": [{"core_count": 2.0}]}), "facts.devices[0].core_count: not a whole number: 2.0"),
        (
            snapshot({"devices": [{"core_count": 10**100}]}),
            "facts.devices[0].core_count: more than 18446744073709551615: a number of 333 bits",
        ),
        (
            snapshot({"devices": [{"core_count": -(10**10000)}]}),
            "facts.devices[0].core_count: less than -18446744073709551615: a number of 33220 bits",
        ),
        (snapshot({"devices": [{"dev": [246]}]}), "facts.devices[0].dev: not 2 entries: 1"),
        (snapshot({"devices": [{"dev": [246, None]}]}), "facts.devices[0].dev[1]: not an integer: null"),
        (snapshot({"devices": {"core_count": 2}}), "facts.devices: not an array: an object"),
        (
            snapshot({"device_nodes": [{"accessible": 0}]}),
            "facts.device_nodes[0].accessible: neither true nor false: 0",
        ),
        (snapshot({"driver": {"version": {"unread": 1}}}), "facts.driver.version.unread: not text: 1"),
        (
            snapshot({"driver": {"version": {"unread": "a", "why": "b"}}}),
            "facts.driver.version.why: unknown key, known ones are: unread",
        ),
        (snapshot({"python_environments": [{}]}), "facts.python_environments[0].path: missing"),
        (snapshot({"python_environments": [{"path": None}]}), "facts.python_environments[0].path: not text: null"),
        (
            snapshot({"python_environments": [{"path": "/", "requires": {"a b": ["c", 1]}}]}),
            "facts.python_environments[0].requires['a b'][1]: not text: 1",
        ),
        (snapshot({"log_lines": ["\ud800"]}), r"facts.log_lines[0]: not Unicode text: '\ud800'"),
        (snapshot({"environment": {"\udfff": ""}}), r"facts.environment['\udfff']: not Unicode text: '\udfff'"),
        (snapshot({"environment": {1: ""}}), "facts.environment[1]: not text: 1"),
        (snapshot({7: ""}), "facts[7]: unknown key, known ones are: "),
        (snapshot({"failures": []}), "facts.failures: unknown key"),
        (snapshot(failures=[{"collector": "os"}]), "failures[0].reason: missing"),
        (snapshot(failures=None), "failures: not an array: null"),
        (snapshot({"log_lines": ("a", "b")}), "facts.log_lines: not an array: a tuple"),
        (snapshot({"memory": {"total_bytes": float("nan")}}), "facts.memory.total_bytes: not a whole number: nan"),
    ],
)
def test_damage_is_named_with_its_place(data: object, message: str) -> None:
    """A snapshot that is not what it should be is an error that says where and how."""
    error = error_of(data)

    assert error.startswith(message)


def nested(depth: int) -> object:
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


def test_the_depth_of_the_data_does_not_matter() -> None:
    """Data nested deeper than Python can follow is an error like any other."""
    error = error_of(snapshot({"log_lines": nested(100_000)}))

    assert "facts.log_lines[0]: not text: an array" == error


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ('{"snapshot_version": Infinity}', "not JSON: Infinity"),
        ('{"facts": {}, "facts": {}}', "key given twice: 'facts'"),
        ("\ud800", "not JSON: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_text_that_is_not_json_is_an_error(source: str, message: str) -> None:
    """Text that is no JSON, or JSON that says two things at once, is an error and nothing else."""
    with pytest.raises(SnapshotError) as caught:
        loads_inventory(source)

    assert message == str(caught.value)


def test_a_file_is_read_and_named_in_its_errors(tmp_path: Path) -> None:
    """A snapshot file comes back as the inventory; its name stands before what is wrong in it."""
    path = tmp_path / "host.json"
    path.write_text(dumps_inventory(Inventory(driver=None)))

    assert Inventory(driver=None) == load_snapshot(path)

    path.write_text("[]")
    with pytest.raises(SnapshotError, match=r"host\.json: not an object: an array"):
        load_snapshot(path)
    with pytest.raises(InputMissing):
        load_snapshot(tmp_path / "none")
