"""The kernel's log: which command answers, which lines are kept, and what they say."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neuron_collectors.commands import Completed
from neuron_collectors.facts import (
    NOT_COLLECTED,
    PERMISSION,
    DeviceAddress,
    DeviceReset,
    DriverStart,
    DuplicateRoutingId,
    HardwareError,
    InvalidDevice,
    KernelEvent,
    KernelLine,
    OutOfMemoryKill,
    ProcessAttachment,
    Reading,
    RuntimeMessage,
    Unread,
)
from neuron_collectors.facts.log_lines import (
    device_addresses,
    kernel_events,
    left_out,
    parse_device_address,
    parse_device_reset,
    parse_driver_start,
    parse_duplicate_routing_id,
    parse_hardware_error,
    parse_invalid_device,
    parse_kernel_event,
    parse_kernel_line,
    parse_out_of_memory_kill,
    parse_process_attachment,
    parse_runtime_messages,
)
from neuron_collectors.facts.logs import left_out_line
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.kernel_log import (
    BOOT_LOG,
    BUFFER,
    JOURNAL,
    KEPT_LINES,
    RELEVANT,
    WHOLE_JOURNAL,
    collect_kernel_log,
    parse_journal,
    parse_kernel_log,
)

from .conftest import CollectLive, MakeHost

START = (
    "Neuron Driver Started with Version:2.26.5.0-0123456789abcdef0123456789abcdef01234567 "
    "at: 2026-nov-21 22:16:17.305885"
)
ADDRESS = "** BDF: cc:00.0 => nd[0] (routing id: 1)"
FAULT = (
    "NEURON_HW_ERR=HBM_UNCORRECTABLE_ERROR instance-id=i-0123456789abcdef0 hostname=ip-10-0-0-1 nd-id=3 nc-id=1 "
    "serial-num=00112233aabb0003 action=TERMINATE_INSTANCE"
)
OTHER = "EXT4-fs (vda): mounted filesystem with ordered data mode."
RING = f"[    2.941725] {OTHER}\n[    8.264282] {START}\n[    8.284806] {ADDRESS}\n"
KEPT = (f"[    8.264282] {START}", f"[    8.284806] {ADDRESS}")

DENIED = "dmesg: read kernel buffer failed: Operation not permitted\n"
NOT_SEEN = """Hint: You are currently not seeing messages from other users and the system.
      Users in groups 'adm', 'systemd-journal' can see all messages.
      Pass -q to turn off this notice.
No journal files were opened due to insufficient permissions.
"""
TOO_OLD = "/usr/bin/journalctl: unrecognized option '--output-fields=MESSAGE,PRIORITY'\n"


def entry(message: object, **fields: object) -> str:
    """Return one line of what journalctl prints."""
    return json.dumps({"__REALTIME_TIMESTAMP": "1795299377305885", "PRIORITY": "3", "MESSAGE": message, **fields})


def answers(stdout: str = "", stderr: str = "", returncode: int = 0) -> Completed:
    return Completed(returncode=returncode, stdout=stdout, stderr=stderr)


def live_host(replies: Mapping[Sequence[str], Reading[Completed]]) -> tuple[Host, list[str]]:
    """Return a live host with the programs of *replies* and no other, and the list of those that were run."""
    asked: list[str] = []

    def run(argv: Sequence[str], _deadline: float) -> Reading[Completed]:
        asked.append(argv[0] if tuple(argv) != WHOLE_JOURNAL else "whole journal")
        return replies.get(tuple(argv))

    return Host("/", run=run), asked


def recorded(*commands: tuple[Sequence[str], Completed]) -> dict[str, str | bytes | None]:
    """Return the files of a captured tree with the recorded *commands*."""
    files: dict[str, str | bytes | None] = {}
    index = []
    for number, (argv, completed) in enumerate(commands):
        files[f".commands/{number}.out"] = completed.stdout
        files[f".commands/{number}.err"] = completed.stderr
        index.append(
            {
                "argv": argv,
                "returncode": completed.returncode,
                "stdout": f"{number}.out",
                "stderr": f"{number}.err",
            }
        )
    return {**files, ".commands/index.json": json.dumps(index)}


def test_the_journal_is_asked_first() -> None:
    """What the journal has of Neuron is the answer, and nothing else is run."""
    host, asked = live_host({JOURNAL: answers(entry(ADDRESS) + "\n"), BUFFER[0]: answers(RING)})

    assert (f"kern  :err   : 2026-11-21T22:16:17,305885+00:00 {ADDRESS}",) == collect_kernel_log(host)
    assert ["/usr/bin/journalctl"] == asked


@pytest.mark.parametrize(
    "journal",
    [
        None,
        answers(returncode=1),
        answers("-- No entries --\n", returncode=1),
        answers(stderr=NOT_SEEN, returncode=1),
        answers(stderr=TOO_OLD, returncode=1),
        answers(stderr="No journal files were found.\n"),
        Unread("/usr/bin/journalctl: no answer within 1.5 s"),
    ],
)
def test_the_buffer_is_asked_where_the_journal_is_silent(journal: Reading[Completed]) -> None:
    """Without a journal, a reader's rights, the search or a hit, the kernel's own buffer has the lines."""
    host, asked = live_host({JOURNAL: journal, BUFFER[0]: answers(RING)})

    assert KEPT == collect_kernel_log(host)
    assert ["/usr/bin/journalctl", "/usr/bin/dmesg"] == asked


def test_dmesg_of_old_systems() -> None:
    """Where /usr/bin has no dmesg, that of /bin is asked."""
    host, asked = live_host({BUFFER[1]: answers(RING)})

    assert KEPT == collect_kernel_log(host)
    assert ["/usr/bin/journalctl", "/usr/bin/dmesg", "/bin/dmesg"] == asked


def test_an_old_journal_where_the_buffer_is_closed() -> None:
    """A journalctl that cannot search gives the whole journal when dmesg may not be read."""
    journal = "\n".join((entry(OTHER), entry(START), ""))
    host, _ = live_host(
        {
            JOURNAL: answers(stderr=TOO_OLD, returncode=1),
            BUFFER[0]: answers(stderr=DENIED, returncode=1),
            WHOLE_JOURNAL: answers(journal),
        }
    )

    assert (f"kern  :err   : 2026-11-21T22:16:17,305885+00:00 {START}",) == collect_kernel_log(host)


@pytest.mark.parametrize(
    ("expected", "replies"),
    [
        pytest.param((), {BUFFER[0]: answers(f"[    2.9] {OTHER}\n")}, id="a buffer without such lines"),
        pytest.param((), {BUFFER[0]: answers("")}, id="an empty buffer"),
        pytest.param(
            (),
            {JOURNAL: answers(returncode=1), BUFFER[0]: answers(stderr=DENIED, returncode=1)},
            id="a journal without such lines, the buffer closed",
        ),
        pytest.param(PERMISSION, {BUFFER[0]: answers(stderr=DENIED, returncode=1)}, id="dmesg_restrict"),
        pytest.param(
            PERMISSION,
            {
                JOURNAL: answers(stderr=NOT_SEEN, returncode=1),
                BUFFER[0]: answers(stderr="dmesg: klogctl: Operation not permitted\n", returncode=1),
                WHOLE_JOURNAL: answers(stderr=NOT_SEEN, returncode=1),
            },
            id="neither is open to this user",
        ),
        pytest.param(
            Unread("/usr/bin/dmesg: read kernel buffer failed: Bad address"),
            {BUFFER[0]: answers(stderr="read kernel buffer failed: Bad address\n", returncode=1)},
            id="dmesg fails",
        ),
        pytest.param(
            Unread("/usr/bin/dmesg: exit status 4"), {BUFFER[0]: answers(returncode=4)}, id="dmesg fails without a word"
        ),
        pytest.param(
            Unread("/usr/bin/dmesg: no answer within 1 s"),
            {BUFFER[0]: Unread("/usr/bin/dmesg: no answer within 1 s")},
            id="dmesg hangs",
        ),
        pytest.param(Unread("neither journalctl nor dmesg"), {}, id="no programs"),
    ],
)
def test_what_a_live_machine_says(
    expected: Reading[tuple[str, ...]], replies: Mapping[Sequence[str], Reading[Completed]]
) -> None:
    """Silence is an answer where somebody could look; otherwise the reason is, a refusal first."""
    host, _ = live_host(replies)

    assert expected == collect_kernel_log(host)


def test_a_live_machine_has_no_use_for_the_boot_log(collect_live: CollectLive) -> None:
    """The file that was written at boot is not read on a live machine."""
    assert Unread("neither journalctl nor dmesg") == collect_live(
        "kernel_log", "collect_kernel_log", {BOOT_LOG: RING, "proc/version": ""}
    )


@pytest.mark.parametrize("command", [*BUFFER])
def test_a_captured_buffer(make_host: MakeHost, command: Sequence[str]) -> None:
    """The recorded output of dmesg is enough."""
    assert KEPT == collect_kernel_log(make_host(recorded((command, answers(RING)))))


@pytest.mark.parametrize("command", [JOURNAL, WHOLE_JOURNAL])
def test_a_captured_journal(make_host: MakeHost, command: Sequence[str]) -> None:
    """The recorded journal is enough, searched or whole."""
    host = make_host(recorded((command, answers(entry(OTHER) + "\n" + entry(START) + "\n"))))

    assert (f"kern  :err   : 2026-11-21T22:16:17,305885+00:00 {START}",) == collect_kernel_log(host)


def test_a_captured_boot_log(make_host: MakeHost) -> None:
    """A captured tree without recorded commands may hold the log of its boot."""
    assert KEPT == collect_kernel_log(make_host({BOOT_LOG: RING}))


def test_nobody_looked(make_host: MakeHost) -> None:
    """A captured tree without any of these has not collected the log."""
    assert NOT_COLLECTED == collect_kernel_log(make_host({"proc/version": "x"}))


def test_a_refusal_that_was_captured(make_host: MakeHost) -> None:
    """A capture without rights says so."""
    assert PERMISSION == collect_kernel_log(make_host(recorded((BUFFER[0], answers(stderr=DENIED, returncode=1)))))


def test_the_search_ignores_case() -> None:
    """The journal is searched without regard to case only for what is all lower case, its escapes too."""
    assert RELEVANT.lower() == RELEVANT
    assert re.compile(RELEVANT)


@pytest.mark.parametrize(
    "line",
    [
        START,
        ADDRESS,
        FAULT,
        "neuron:neuron_pci_get_device_id_v3: ** BDF: cc:00.0 => nd[0] (routing id: 1)",
        "neuron: loading out-of-tree module taints kernel.",
        "neuron:npid_detach: neuron:npid_detach: pid=90193, slot=0",
        "duplicate routing id 0 found",
        "scheduling unload of neuron due to duplicate routing id",
        "Could not retrieve device index (read timeout)",
        "Invalid device index 77",
        "Unknown HW architecture. Can't init neuron_dhal.",
        "small genpool size 268435456 is invalid, skipping small genpool",
        "UDMA ENG:33 init failed",
        "HBM repair failed",
        "sysfs failed to read ECC SRAM error from FWIO",
        "cannot set sysfs metrics for nc_id=-1, metric_id=105 of attr_type OTHER",
        "readless read initialization failed",
        "[ND 3] Total Uncorrected ecc err count is 0, but repair state is 1 which is invalid.",
        "nd03: election failed. left neighbor reported bad election status",
        "efa 0000:a0:1a.0 rdmap160s26: Failed to process command DEREG_MR (opcode 8) comp_status 7 err -22",
        "Out of memory: Killed process 2811 (walrus_driver) total-vm:16420540kB, anon-rss:13951040kB",
        "Memory cgroup out of memory: Killed process 23793 (python3) total-vm:2623712kB",
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),task=python3,pid=23793,uid=0",
        "Loading of unsigned module is rejected",
        "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
    ],
)
def test_lines_that_bear_on_neuron(line: str) -> None:
    """The driver's lines are kept whether they name it or not, and so are those that explain them."""
    assert (f"[   12.345678] {line}",) == parse_kernel_log(f"[   12.345678] {line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        OTHER,
        "DMA32    [mem 0x0000000001000000-0x00000000ffffffff]",
        "PCI-DMA: Using software bounce buffering for IO (SWIOTLB)",
        "Not enough data to aggregate stats.  Have 1 data points, min of 1234 max of 1234, total of 1234.",
        "efa 0000:a0:1a.0 rdmap160s26: registered",
        "Memory: 4891616K/5242488K available",
        "and 2nd CPU",
    ],
)
def test_lines_that_do_not(line: str) -> None:
    """Lines of the rest of the kernel are left out."""
    assert () == parse_kernel_log(f"[   12.345678] {line}\n")


def test_lines_keep_their_form() -> None:
    """Every form of dmesg is kept as it is, without the white space at the end."""
    text = f"kern  :err   : [    8.264282] {START}  \r\n<6>[    8.284806] {ADDRESS}\n\n{FAULT}"

    assert (f"kern  :err   : [    8.264282] {START}", f"<6>[    8.284806] {ADDRESS}", FAULT) == parse_kernel_log(text)


def test_routine_gives_way() -> None:
    """Of too many lines the routine ones go first, oldest first, and the line in front says how many."""
    opened = [f"[{second}.0] neuron:npid_attach: pid={second}, slot=0" for second in range(KEPT_LINES)]
    kept = parse_kernel_log("\n".join([f"[0.1] {START}", *opened, f"[9999.9] {FAULT}"]))

    assert left_out_line(2) == kept[0]
    assert 2 == left_out(kept)
    assert (f"[0.1] {START}", opened[2], f"[9999.9] {FAULT}") == (kept[1], kept[2], kept[-1])
    assert 1 + KEPT_LINES == len(kept)


def test_the_oldest_lines_give_way() -> None:
    """Where all matter the newest are kept."""
    faults = [f"[{second}.0] {FAULT}" for second in range(KEPT_LINES + 7)]
    kept = parse_kernel_log("\n".join(faults))

    assert (left_out_line(7), *faults[7:]) == kept


def test_as_many_lines_as_are_kept() -> None:
    """Nothing is left out of a log that just fits."""
    faults = tuple(f"[{second}.0] {FAULT}" for second in range(KEPT_LINES))

    assert faults == parse_kernel_log("\n".join(faults))
    assert 0 == left_out(faults)
    assert 0 == left_out(())


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        pytest.param(f"kern  :err   : 2026-11-21T22:16:17,305885+00:00 {ADDRESS}", entry(ADDRESS), id="all of it"),
        pytest.param(
            f"kern  :err   : 2026-11-21T22:16:17,305885+00:00 {ADDRESS}", entry(list(ADDRESS.encode())), id="bytes"
        ),
        pytest.param(
            "kern  :err   : 2026-11-21T22:16:17,305885+00:00 neuron \ufffd",
            entry([*b"neuron ", 255]),
            id="bytes that are not UTF-8",
        ),
        pytest.param(
            "kern  :err   : 2026-11-21T22:16:17,305885+00:00 neuron: a neuron: b",
            entry(["neuron: a", "neuron: b"]),
            id="a field that stands there twice",
        ),
        pytest.param(
            "kern  :err   : 2026-11-21T22:16:17,305885+00:00 neuron: a b", entry("neuron: a\nb\n"), id="two lines"
        ),
        pytest.param("neuron: a", '{"MESSAGE": "neuron: a"}', id="the message alone"),
        pytest.param("neuron: a", entry("neuron: a", PRIORITY="9", __REALTIME_TIMESTAMP="x"), id="nonsense beside it"),
        pytest.param(
            "kern  :emerg : neuron: a", entry("neuron: a", PRIORITY="0", __REALTIME_TIMESTAMP=None), id="no time"
        ),
        pytest.param("", '{"MESSAGE": null}', id="a message that is too long to print"),
        pytest.param("", '{"MESSAGE": [1, "a", -1]}'.replace('"a"', "256"), id="no bytes"),
        pytest.param("", '{"MESSAGE": 7}', id="no text"),
        pytest.param("", "{}", id="nothing"),
    ],
)
def test_entries_of_the_journal(expected: str, text: str) -> None:
    """An entry becomes the line that dmesg would print, with what the entry has."""
    assert [expected] == parse_journal(text)


def test_a_journal_newest_first() -> None:
    """Newer journalctl print what they select newest first; the lines come out oldest first."""
    newest_first = [entry(f"neuron: {second}", __REALTIME_TIMESTAMP=str(10**15 + second)) for second in (3, 2, 1)]

    assert ["neuron: 1", "neuron: 2", "neuron: 3"] == [
        parse_kernel_line(line).message for line in parse_journal("\n".join(newest_first))
    ]


def test_marks_between_entries() -> None:
    """The own remarks of journalctl are no entries."""
    assert [] == parse_journal("-- No entries --\n")
    assert () == parse_kernel_log("-- No entries --\n")


@pytest.mark.parametrize("text", ["{", '{"MESSAGE": "neuron', '{"a": 1} {"b": 2}', '{"a": ' + "[" * 100_000])
def test_what_is_no_journal(text: str) -> None:
    """An entry that is cut off or no JSON is an error that names the line."""
    with pytest.raises(CollectorError, match=r"kernel log: line 2: not JSON"):
        parse_kernel_log("{}\n" + text)


MESSAGE = "neuron:ncdev_open: nd0 is in an invalid state"


@pytest.mark.parametrize(
    ("prefix", "timestamp", "seconds", "level"),
    [
        ("", None, None, None),
        ("[  210.072949] ", "210.072949", 210.072949, None),
        ("[    0.000000] ", "0.000000", 0.0, None),
        ("[1234567.000001] ", "1234567.000001", 1234567.000001, None),
        ("[  210.072949][    T1] ", "210.072949", 210.072949, None),
        ("[  210.072949] [ C12] ", "210.072949", 210.072949, None),
        ("[  210.072949 <    0.000012>] ", "210.072949", 210.072949, None),
        ("[<    0.000012>] ", None, None, None),
        ("[Sat Nov 21 22:16:17 2026] ", "Sat Nov 21 22:16:17 2026", None, None),
        ("[Sun Nov  1 02:06:07 2026] ", "Sun Nov  1 02:06:07 2026", None, None),
        ("[Nov21 22:16] ", "Nov21 22:16", None, None),
        ("[  +0.000004] ", "+0.000004", None, None),
        ("2026-11-21T22:16:17,305885+00:00 ", "2026-11-21T22:16:17,305885+00:00", None, None),
        ("<3>[  210.072949] ", "210.072949", 210.072949, "err"),
        ("<11>[  210.072949] ", "210.072949", 210.072949, "err"),
        ("kern  :info  : [  210.072949] ", "210.072949", 210.072949, "info"),
        ("kern  :err   : 2026-11-21T22:16:17,305885+00:00 ", "2026-11-21T22:16:17,305885+00:00", None, "err"),
        ("kernel: ", None, None, None),
        ("kernel: [  210.072949] ", "210.072949", 210.072949, None),
        ("Nov 21 22:16:17 ip-10-0-0-1 kernel: [  210.072949] ", "210.072949", 210.072949, None),
        ("Nov  1 22:16:17 ip-10-0-0-1 kernel: ", "Nov  1 22:16:17", None, None),
        ("2026-11-21T22:16:17+0000 ip-10-0-0-1 kernel: ", "2026-11-21T22:16:17+0000", None, None),
        ("2026-11-21T22:16:17.305885Z ip-10-0-0-1 kernel: ", "2026-11-21T22:16:17.305885Z", None, None),
    ],
)
def test_prefixes(prefix: str, timestamp: str | None, seconds: float | None, level: str | None) -> None:
    """Every form of time, level and sender is taken off, and told where the line has it."""
    assert KernelLine(message=MESSAGE, timestamp=timestamp, seconds=seconds, level=level) == parse_kernel_line(
        prefix + MESSAGE
    )


@pytest.mark.parametrize("line", ["", "[XXXXX] neuron", "[ND 3] Total", "[]", "<3", "kern: neuron", "[12.] a", "a: b"])
def test_what_is_no_prefix(line: str) -> None:
    """Brackets and colons that belong to the message stay in it."""
    assert KernelLine(message=line) == parse_kernel_line(line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (
            HardwareError(
                kind="HBM_UNCORRECTABLE_ERROR",
                device=3,
                core=1,
                serial_number="00112233aabb0003",
                instance_id="i-0123456789abcdef0",
                hostname="ip-10-0-0-1",
                action="TERMINATE_INSTANCE",
            ),
            FAULT,
        ),
        (HardwareError(kind="DMA_ERROR"), "kernel: NEURON_HW_ERR=DMA_ERROR affecting neuron devices"),
        (HardwareError(kind="DMA_ERROR"), "NEURON_HW_ERR=DMA_ERROR"),
        (HardwareError(kind="A_NEW_KIND", device=0), "NEURON_HW_ERR=A_NEW_KIND nd-id=0"),
        (
            HardwareError(kind="DMA_ERROR", core=2, action="REBOOT"),
            "NEURON_HW_ERR=DMA_ERROR action=REBOOT nc-id=2 nd-id=… x-nd-id=5",
        ),
        (HardwareError(kind="DMA_ERROR"), "nd-id=4 NEURON_HW_ERR=DMA_ERROR nd-id=12345 nc-id=-1"),
        (None, "NEURON_HW_ERR="),
        (None, "NEURON_HW_ERR=0"),
        (None, "the log has no NEURON_HW_ERR"),
        (None, ""),
    ],
)
def test_hardware_errors(expected: HardwareError | None, line: str) -> None:
    """A fault is told with the parts that the line has, in any order; what is no number is left out."""
    assert expected == parse_hardware_error(line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (
            DriverStart(
                version="2.26.5.0",
                revision="0123456789abcdef0123456789abcdef01234567",
                started_at="2026-nov-21 22:16:17.305885",
            ),
            START,
        ),
        (
            DriverStart(version="2.9.4.0", revision="8a6fdf292607dccc3b7059ebbe2fb24c60dfc7c4"),
            "[21531.1] Neuron Driver Started with Version:2.9.4.0-8a6fdf292607dccc3b7059ebbe2fb24c60dfc7c4",
        ),
        (DriverStart(version="1.1"), "Neuron Driver Started with Version:1.1"),
        (DriverStart(version="2.x.7693.0"), "Neuron Driver Started with Version: 2.x.7693.0"),
        (DriverStart(version="2.26"), "Neuron Driver Started with Version:2.26."),
        (DriverStart(version="2.26.5.0"), "Neuron Driver Started with Version:2.26.5.0-0123456789abc"),
        (None, "Neuron Driver Started with Version:"),
        (None, "Neuron Driver Started with Version:x"),
        (None, "Neuron Driver Started"),
    ],
)
def test_driver_starts(expected: DriverStart | None, line: str) -> None:
    """The banner of every generation of drivers gives the version, and what else is whole."""
    assert expected == parse_driver_start(line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (DeviceAddress(pci_address="cc:00.0", device=0, routing_id=1), ADDRESS),
        (
            DeviceAddress(pci_address="a0:1b.7", device=15, routing_id=4294967295),
            "neuron:neuron_pci_get_device_id_v3: ** BDF: a0:1b.7 => nd[15] (routing id: 4294967295)",
        ),
        (None, "** BDF: cc:00.0 => nd[0] (routing id: 1"),
        (None, "** BDF: cc:00.0 => nd[] (routing id: 1)"),
        (None, "** BDF: 0000:cc:00.0 => nd[0] (routing id: 1)"),
    ],
)
def test_device_addresses_of_lines(expected: DeviceAddress | None, line: str) -> None:
    """A line says which function is which device, or nothing."""
    assert expected == parse_device_address(line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (
            DeviceReset(device=0, outcome="initiating", request=4294967295, scope="device"),
            "neuron:nr_reset_thread_fn: nd0: initiating device reset request 4294967295",
        ),
        (
            DeviceReset(device=12, outcome="initiating", request=4711, scope="TPB"),
            "neuron:nr_reset_thread_fn: nd12: initiating TPB reset request 4711",
        ),
        (
            DeviceReset(device=12, outcome="completed", request=4711),
            "neuron:nr_reset_thread_fn: nd12: reset request 4711 completed",
        ),
        (
            DeviceReset(device=12, outcome="failed", request=4711),
            "neuron:nr_reset_thread_fn: nd12: reset request 4711 failed",
        ),
        (
            DeviceReset(device=3, outcome="failed", request=0),
            "nd3: reset request 0 was initiated, but failed to complete",
        ),
        (DeviceReset(device=3, outcome="failed"), "nd3: failed to initialize dma after reset"),
        (DeviceReset(device=3, outcome="failed"), "nd3: failed to complete post reset configuration"),
        (DeviceReset(device=3, outcome="failed"), "neuron:nr_reset_thread_fn: nd3: device didnt come out reset"),
        (None, "neuron: device didnt come out reset"),
        (None, "nd3: Coalesced 2 reset requests"),
        (None, "nd3: reset request 4711"),
        (None, "end3: reset request 4711 failed"),
    ],
)
def test_device_resets(expected: DeviceReset | None, line: str) -> None:
    """A reset begins, ends or fails in the driver's several ways."""
    assert expected == parse_device_reset(line)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (InvalidDevice(device=0), MESSAGE),
        (DuplicateRoutingId(routing_id=7), "duplicate routing id 7 found"),
        (
            ProcessAttachment(change="attach", pid=315, slot=0),
            "neuron:npid_attach: neuron:npid_attach: pid=315, slot=0",
        ),
        (ProcessAttachment(change="detach", pid=90193, slot=15), "neuron:npid_detach: pid=90193, slot=15"),
        (
            OutOfMemoryKill(pid=2811, process="walrus_driver"),
            "Out of memory: Killed process 2811 (walrus_driver) total-vm:16420540kB",
        ),
        (
            OutOfMemoryKill(pid=1234, process="python3 -m x"),
            "Out of memory: Kill process 1234 (python3 -m x) score 900 or sacrifice child",
        ),
        (
            OutOfMemoryKill(pid=23793, process="python3"),
            "Memory cgroup out of memory: Killed process 23793 (python3) total-vm:2623712kB",
        ),
        (None, "scheduling unload of neuron due to duplicate routing id"),
        (None, "neuron:npid_attach: pid=, slot=0"),
        (None, "Out of memory: Killed process (python3)"),
        (None, "neuron:mpset_constructor: reserved 134217728 bytes of host memory"),
    ],
)
def test_other_events(expected: KernelEvent | None, line: str) -> None:
    """Lines of every kind are told apart by one function."""
    assert expected == parse_kernel_event(f"[  210.072949] {line}")


def test_events_in_order() -> None:
    """The events of a log come in its order, and lines without one are passed over."""
    assert [
        DriverStart,
        DeviceAddress,
        HardwareError,
    ] == [type(event) for event in kernel_events((*KEPT, OTHER, "", FAULT))]


def test_addresses_count_since_the_last_load() -> None:
    """What an earlier load of the driver said is forgotten, and the last word on a function counts."""
    log = (
        ADDRESS,
        "** BDF: a0:1b.0 => nd[9] (routing id: 9)",
        START,
        "** BDF: cc:00.0 => nd[4] (routing id: 4)",
        "** BDF: cc:00.0 => nd[5] (routing id: 5)",
    )

    assert {"cc:00.0": DeviceAddress(pci_address="cc:00.0", device=5, routing_id=5)} == device_addresses(log)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (
            [("NRT", "nrt_init", "ERROR", 24616, "2021-Aug-11 19:18:21.0661", "This runtime requires more.")],
            "2021-Aug-11 19:18:21.0661 24616:24616 ERROR   NRT:nrt_init      This runtime requires more.",
        ),
        (
            [("TDRV", "tsync_wait", "WARN", 7, "2025-Sep-19 18:57:20.782962", "nd0 nc0 late")],
            "worker 3: 2025-Sep-19 18:57:20.782962     7:8     WARN  TDRV:tsync_wait\tnd0 nc0 late  ",
        ),
        (
            [("TDRV", "db_vtpb_get_mla_and_tpb", "ERROR", 26638, None, "Could not find VNC id 3")],
            "  NRT:  26638:26638 ERROR  TDRV:db_vtpb_get_mla_and_tpb                 Could not find VNC id 3",
        ),
        (
            [("CCOM", "net_plugin.cc:97", "WARN", 4137, "2026-Feb-23 01:42:57.0395", "OFI plugin is missing")],
            "2026-Feb-23 01:42:57.0395 4137:4161 [0] net_plugin.cc:97 CCOM WARN OFI plugin is missing",
        ),
        (
            [
                ("NMGR", "a", "ERROR", 1, "2024-Jun-26 00:32:47.943821", "first"),
                ("NRT", "b", "INFO", 2, "2024-Jun-26 00:32:47.943822", "second"),
            ],
            "2024-Jun-26 00:32:47.943821 1:1 ERROR NMGR:a first2024-Jun-26 00:32:47.943822 2:2 INFO NRT:b second",
        ),
        (
            [("TDRV", "exec", "ERROR", 17821, "2022-Mar-10 18:51:19.0739", "x")],
            "2022-Mar-10 18:51:19.07392022-Mar-10 18:51:19.0739 17821:17931 ERROR  TDRV:exec x",
        ),
        ([], "2021-Aug-11 19:18:21.0661 24616:24616 NRT:nrt_init"),
        ([], "NRT:nrt_init This Neuron Runtime"),
        ([], ""),
    ],
)
def test_runtime_messages(expected: Sequence[tuple[object, ...]], line: str) -> None:
    """Each message in a line is told with its head, several of them where ranks write at once."""
    assert [
        RuntimeMessage(module=str(module), function=str(function), level=str(level), pid=pid, timestamp=time, text=text)  # type: ignore[arg-type]
        for module, function, level, pid, time, text in expected
    ] == list(parse_runtime_messages(line))


PARSERS: Sequence[Callable[[str], Any]] = (
    parse_hardware_error,
    parse_driver_start,
    parse_device_address,
    parse_device_reset,
    parse_invalid_device,
    parse_duplicate_routing_id,
    parse_process_attachment,
    parse_out_of_memory_kill,
)
PIECES = st.sampled_from(
    (
        START,
        ADDRESS,
        FAULT,
        MESSAGE,
        " ",
        "nd",
        "NEURON_HW_ERR=",
        "[",
        "]",
        "12.5",
        "kernel: ",
        "nd-id=",
        "pid=",
        "\n",
        "٣",
    )
)
TEXTS = st.text() | st.lists(PIECES | st.text(max_size=5), max_size=8).map("".join)


def lines_or_error(text: str) -> tuple[str, ...]:
    try:
        return parse_kernel_log(text)
    except CollectorError as error:
        return (str(error),)


@given(TEXTS)
@example("[١٢.٣] neuron")
def test_any_line_is_read(line: str) -> None:
    """Whatever the line, its prefix comes off and the message is the rest of it."""
    parsed = parse_kernel_line(line)

    assert line.endswith(parsed.message)
    assert isinstance(parse_runtime_messages(line), tuple)


@given(TEXTS)
def test_any_line_has_one_event_or_none(line: str) -> None:
    """The function for all kinds says what one of theirs says."""
    event = parse_kernel_event(line)

    assert event in [parse(line) for parse in PARSERS]


@given(TEXTS | st.lists(st.sampled_from((entry(FAULT), entry(OTHER), "{", "", "-- No entries --"))).map("\n".join))
def test_any_text_gives_lines_or_an_error(text: str) -> None:
    """Whatever is printed, there are lines that bear on Neuron, or an error of one line."""
    outcome = lines_or_error(text)

    assert all("\n" not in line for line in outcome)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_any_message_of_the_journal(message: object) -> None:
    """Whatever JSON a message is, it becomes one line."""
    (line,) = parse_journal(entry(message))

    assert line.startswith("kern  :err   : 2026-11-21T22:16:17,305885+00:00 ")
    assert "\n" not in line


@pytest.mark.parametrize(
    "piece",
    [
        "[ ",
        "kern  :",
        "NEURON_HW_ERR=A ",
        "nd-id=1",
        "** BDF: aa:00.0 => ",
        "nd1: ",
        "2021-Aug-11 ",
        "1:1 ERROR NRT:",
        "a",
    ],
)
def test_long_lines_take_no_longer_than_they_are_long(piece: str) -> None:
    """A line of a million characters is read at once, whatever it repeats."""
    line = piece * (1_000_000 // len(piece))

    assert isinstance(parse_kernel_line(line), KernelLine)
    assert 1_000 > len(parse_runtime_messages(line))
    assert parse_kernel_event(line) is None or dataclasses.is_dataclass(parse_kernel_event(line))
