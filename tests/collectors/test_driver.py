from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.driver import collect_driver, parse_modules, parse_version
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, LoadedDriver, Unread
from neuron_collectors.host import CollectorError

from .conftest import AnotherUser, CollectLive, MakeHost

MODULE = "sys/module/neuron"
FILES = {
    f"{MODULE}/version": "2.26.5.0\n",
    f"{MODULE}/srcversion": "581D17543E4AA798F2CC707\n",
    f"{MODULE}/initstate": "live\n",
    f"{MODULE}/taint": "OE\n",
    f"{MODULE}/refcnt": "4\n",
    f"{MODULE}/parameters/no_reset": "0\n",
    f"{MODULE}/parameters/nmetric_log_posts": "1\n",
}
LINE = "neuron 385024 3 - Live 0xffffffffc0713000 (OE)\n"


def from_line(*, initstate: str, taint: str | None, refcnt: int | None) -> LoadedDriver:
    """Return the driver that a line of ``/proc/modules`` describes, which says nothing else."""
    return LoadedDriver(
        version=NOT_COLLECTED,
        srcversion=NOT_COLLECTED,
        initstate=initstate,
        taint=taint,
        refcnt=refcnt,
        parameters=NOT_COLLECTED,
    )


def test_a_loaded_driver(make_host: MakeHost) -> None:
    """The module's own files say it all."""
    assert LoadedDriver(
        version="2.26.5.0",
        srcversion="581D17543E4AA798F2CC707",
        initstate="live",
        taint="OE",
        refcnt=4,
        parameters={"nmetric_log_posts": "1", "no_reset": "0"},
    ) == collect_driver(make_host(FILES))


def test_parameters_that_only_root_may_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """The driver's parameters have the mode 0660: who may not read them sees which ones there are."""
    host = make_host(FILES)
    Path(host.root, MODULE, "parameters/no_reset").chmod(0o660)
    with another_user():
        driver = collect_driver(host)

    assert isinstance(driver, LoadedDriver)
    assert {"nmetric_log_posts": "1", "no_reset": PERMISSION} == driver.parameters


def test_a_driver_without_parameters(make_host: MakeHost, collect_live: CollectLive) -> None:
    """On the machine itself no directory means no parameters; in a captured tree nobody copied it."""
    files = {f"{MODULE}/version": "1.1\n"}

    assert collect_live("driver", "collect_driver", files).parameters is None
    captured = collect_driver(make_host(files))
    assert isinstance(captured, LoadedDriver)
    assert NOT_COLLECTED == captured.parameters


def test_a_driver_with_little_to_say(make_host: MakeHost) -> None:
    """No taint is none, a count of -1 is the kernel's while it unloads, and a file that is missing is absent."""
    host = make_host({f"{MODULE}/taint": "\n", f"{MODULE}/refcnt": "-1\n", f"{MODULE}/initstate": "going\n"})

    assert LoadedDriver(
        version=None, srcversion=None, initstate="going", taint=None, refcnt=None, parameters=NOT_COLLECTED
    ) == collect_driver(host)


def test_a_count_that_is_none_costs_one_field(make_host: MakeHost) -> None:
    """A reference count that is no number is unread and says why; the rest of the driver is there."""
    driver = collect_driver(make_host({**FILES, f"{MODULE}/refcnt": "many\n"}))

    assert isinstance(driver, LoadedDriver)
    assert Unread(f"{MODULE}/refcnt: not a number: 'many'") == driver.refcnt
    assert ("2.26.5.0", "live") == (driver.version, driver.initstate)


def test_no_driver(make_host: MakeHost) -> None:
    """Where modules were looked at and ours is not among them, none is loaded."""
    assert collect_driver(make_host({"sys/module/nvme/version": "1.0\n"})) is None
    assert collect_driver(make_host({"proc/modules": "nvme 61440 2 - Live 0x0000000000000000\n"})) is None


def test_the_module_list_decides_where_it_is_all_there_is(make_host: MakeHost) -> None:
    """A line in ``/proc/modules`` is a loaded driver whose version nobody collected."""
    assert from_line(initstate="live", taint="OE", refcnt=3) == collect_driver(make_host({"proc/modules": LINE}))


def test_nobody_looked(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A tree with neither source, or a machine with neither file system, says nothing."""
    assert NOT_COLLECTED == collect_driver(make_host({"proc/version": "x", "sys/class/net/lo": ""}))
    assert NOT_COLLECTED == collect_live("driver", "collect_driver")


def test_what_the_kernel_keeps_to_itself(make_host: MakeHost, another_user: AnotherUser) -> None:
    """An unreadable file is unread and costs no other; an unreadable directory is not a missing driver."""
    host = make_host(FILES)
    module = Path(host.root, MODULE)
    (module / "taint").chmod(0)
    with another_user():
        part = collect_driver(host)
    module.chmod(0)
    with another_user():
        nothing = collect_driver(host)

    assert isinstance(part, LoadedDriver)
    assert ("2.26.5.0", PERMISSION) == (part.version, part.taint)
    assert PERMISSION == nothing


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("", None),
        ("neuronx 1 0 - Live 0x0\nnrnfake 53248 1 neuron, Live 0x0\n", None),
        (
            "a 1 0 - Live 0x0\nneuron 1 0 - Loading 0x0 (OE+)\n",
            from_line(initstate="coming", taint="OE+", refcnt=0),
        ),
        (
            "neuron 1 - - Unloading 0x0",
            from_line(initstate="going", taint=None, refcnt=None),
        ),
    ],
)
def test_modules(text: str, driver: LoadedDriver | None) -> None:
    """Only the line that begins with the module's whole name is ours."""
    assert driver == parse_modules(text)


@pytest.mark.parametrize("line", ["neuron", "neuron 1 0 -", "neuron 1 0 - Dead 0x0"])
def test_a_line_that_is_cut_short(line: str) -> None:
    with pytest.raises(CollectorError, match=rf"^proc/modules: not a module: '{line}'$"):
        parse_modules(f"{line}\n")


@pytest.mark.parametrize("text", ["2.26.5.0", "1.1", "2.x.7693.0", "2.24.7.0-dkms", "2.34.10.0-ac18d186d"])
def test_versions(text: str) -> None:
    """Every form that a driver has printed."""
    assert text == parse_version(text)


@pytest.mark.parametrize("text", ["", "two point six", "\x7fELF", "<html>", "2" * 200, "٢.٣"])
def test_what_is_no_version(make_host: MakeHost, text: str) -> None:
    """Something else in the file costs the fact, and the message shows the beginning of it."""
    with pytest.raises(CollectorError, match=r"^sys/module/neuron/version: not a version: '"):
        parse_version(text)
