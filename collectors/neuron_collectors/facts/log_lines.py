"""
Read facts from the lines of logs.

Lines may come with any prefix: dmesg's time stamp, journalctl's host name, a logger's own, or none. A line that says
something else gives `None`; a number that is cut off or garbled is left out of its fact. Every pattern is tried on
lines of any length, so none may search twice over what another part of it has searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .lazy_pattern import lazy_pattern
from .logs import (
    LEVELS,
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
    RuntimeMessage,
)

_LEVEL = lazy_pattern(rf"<(\d{{1,3}})>|[a-z0-9]{{1,12}} *:({'|'.join(LEVELS)}) *: ")
_CLOCK = r"\d\d:\d\d:\d\d"
_ISO_TIME = lazy_pattern(rf"(\d{{4}}-\d\d-\d\dT{_CLOCK}(?:[.,]\d{{1,9}})?(?:Z|[+-]\d\d:?\d\d)) ")
_SYSLOG_TIME = lazy_pattern(rf"([A-Z][a-z]{{2}} [ \d]\d {_CLOCK}) ")
_SENDER = lazy_pattern(r"(?:\S{1,255} )?kernel: ")
_SECONDS = r"[ +]*\d{1,12}\.\d{1,9}"
_BRACKETED_TIME = lazy_pattern(
    rf"\[(?:({_SECONDS}|[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \d]\d {_CLOCK} \d{{4}}|[A-Z][a-z]{{2}}\d\d \d\d:\d\d)"
    rf"(?: *<{_SECONDS}>)?|<{_SECONDS}>)\] ?"
)
_CALLER = lazy_pattern(r"\[ *[TC]\d{1,10}\] ?")

_HARDWARE_ERROR = lazy_pattern(r"NEURON_HW_ERR=([A-Z][A-Z0-9_]{0,63})")
_PAIR = lazy_pattern(r"(?<!\S)(instance-id|hostname|nd-id|nc-id|serial-num|action)=(\S{1,255})")
_DRIVER_START = lazy_pattern(
    r"Neuron Driver Started with Version: ?(?P<version>\d{1,10}(?:\.[0-9a-z]{1,10}){1,5})"
    r"(?:-(?P<revision>[0-9a-f]{40}))?"
    r"(?: at: (?P<started_at>\d{4}-[a-z]{3}-\d\d \d\d:\d\d:\d\d\.\d{1,6}))?"
)
_DEVICE_ADDRESS = lazy_pattern(
    r"\*\* BDF: (?P<address>[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]) => nd\[(?P<device>\d{1,3})\] "
    r"\(routing id: (?P<id>\d{1,10})\)"
)
_RESET = lazy_pattern(
    r"\bnd(?P<device>\d{1,3}): (?:initiating (?:(?P<scope>device|TPB) )?reset request (?P<initiated>\d{1,10})"
    r"|reset request (?P<completed>\d{1,10}) completed"
    r"|reset request (?P<failed>\d{1,10}) (?:failed|was initiated, but failed to complete)"
    r"|failed to (?:initialize dma after reset|complete post reset configuration)|device didnt come out reset)"
)
_INVALID_DEVICE = lazy_pattern(r"\bnd(\d{1,3}) is in an invalid state")
_DUPLICATE_ROUTING_ID = lazy_pattern(r"\bduplicate routing id (\d{1,10}) found")
_ATTACHMENT = lazy_pattern(r"\bnpid_(attach|detach): pid=(\d{1,10}), slot=(\d{1,10})")
_OUT_OF_MEMORY = lazy_pattern(r"\b[Oo]ut of memory: Kill(?:ed)? process (\d{1,10}) \(([^)]{1,64})\)")

_LEFT_OUT = lazy_pattern(r"neuron-validator: (\d{1,12}) lines left out")

_RUNTIME_HEADER = lazy_pattern(
    r"(?:(?P<time>\d{4}-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d\.\d{4,6})|NRT:)[ \t]{1,8}(?P<pid>\d{1,10}):\d{1,10}[ \t]{1,8}"
    r"(?:(?P<level>ERROR|WARN|INFO|DEBUG|TRACE)[ \t]{1,8}(?P<module>[A-Z]{2,8}):(?P<function>\w{1,80})"
    r"|\[\d{1,6}\] (?P<place>[^\n]{1,120}?:\d{1,6}) (?P<collectives>CCOM|NCCL) (?P<word>ERROR|WARN|INFO|TRACE))[ \t]?"
)


def parse_kernel_line(line: str) -> KernelLine:
    """
    Take the prefix off a line, in all the forms that dmesg(1), journalctl(1) and syslog give it.

    .. code-block:: text

        [   12.345678] neuron:ncdev_open: nd0 is in an invalid state
        [Sat Nov 21 22:16:17 2026] neuron:ncdev_open: nd0 is in an invalid state
        <3>[   12.345678] neuron:ncdev_open: nd0 is in an invalid state
        kern  :err   : [   12.345678] neuron:ncdev_open: nd0 is in an invalid state
        kern  :err   : 2026-11-21T22:16:17,305885+00:00 neuron:ncdev_open: nd0 is in an invalid state
        Nov 21 22:16:17 ip-10-0-0-1 kernel: [   12.345678] neuron:ncdev_open: nd0 is in an invalid state
        neuron:ncdev_open: nd0 is in an invalid state
    """
    place, level, timestamp = 0, None, None
    if found := _LEVEL.match(line):
        place = found.end()
        level = found[2] or LEVELS[int(found[1]) & 7]
    if found := _ISO_TIME.match(line, place) or _SYSLOG_TIME.match(line, place):
        place, timestamp = found.end(), found[1]
    if found := _SENDER.match(line, place):
        place = found.end()
    if found := _BRACKETED_TIME.match(line, place):
        place, timestamp = found.end(), (found[1] or "").strip() or timestamp
    if found := _CALLER.match(line, place):
        place = found.end()
    seconds = float(timestamp) if timestamp and timestamp.replace(".", "", 1).isdecimal() else None
    return KernelLine(message=line[place:], timestamp=timestamp, seconds=seconds, level=level)


def parse_hardware_error(line: str) -> HardwareError | None:
    """
    Parse a hardware fault, as libnrt has the driver print it; not every line has every part.

    .. code-block:: text

        NEURON_HW_ERR=DMA_ERROR instance-id=i-0123456789abcdef0 hostname=ip-10-0-0-1 nd-id=3 nc-id=1
        serial-num=00112233aabb0003 action=TERMINATE_INSTANCE

    https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html#hardware-errors
    """
    found = _HARDWARE_ERROR.search(line)
    if found is None:
        return None
    parts = dict(_PAIR.findall(line, found.end()))
    return HardwareError(
        kind=found[1],
        device=_index(parts.get("nd-id")),
        core=_index(parts.get("nc-id")),
        serial_number=parts.get("serial-num"),
        instance_id=parts.get("instance-id"),
        hostname=parts.get("hostname"),
        action=parts.get("action"),
    )


def parse_driver_start(line: str) -> DriverStart | None:
    """
    Parse the driver's banner; it is printed as an error so that it reaches the console.

    .. code-block:: text

        Neuron Driver Started with Version:2.9.4.0-8a6fdf292607dccc3b7059ebbe2fb24c60dfc7c4
        Neuron Driver Started with Version:2.24.7.0-bab563e32c62d9dd615a42079e5bbd8e1a6327b1 at:
        2026-nov-21 22:22:22.150359
    """
    found = _DRIVER_START.search(line)
    return found and DriverStart(version=found["version"], revision=found["revision"], started_at=found["started_at"])


def parse_device_address(line: str) -> DeviceAddress | None:
    """
    Parse which PCI function is which device; drivers for Trn2 name their function before it.

    .. code-block:: text

        ** BDF: cc:00.0 => nd[0] (routing id: 1)
        neuron:neuron_pci_get_device_id_v3: ** BDF: cc:00.0 => nd[0] (routing id: 1)
    """
    found = _DEVICE_ADDRESS.search(line)
    return found and DeviceAddress(
        pci_address=found["address"], device=int(found["device"]), routing_id=int(found["id"])
    )


def parse_device_reset(line: str) -> DeviceReset | None:
    """
    Parse what the driver says of a reset.

    .. code-block:: text

        neuron:nr_reset_thread_fn: nd0: initiating device reset request 4294967295
        neuron:nr_reset_thread_fn: nd0: reset request 4294967295 completed
        neuron:nr_reset_thread_fn: nd0: reset request 4294967295 failed
        neuron:nr_reset_thread_fn: nd0: reset request 4711 was initiated, but failed to complete
        neuron:nr_reset_thread_fn: nd0: failed to initialize dma after reset
        neuron:nr_reset_thread_fn: nd0: device didnt come out reset

    The last one is all that older drivers say (neuron_reset.c of the 2.x before requests were coalesced).
    """
    found = _RESET.search(line)
    if found is None:
        return None
    request = found["initiated"] or found["completed"] or found["failed"]
    return DeviceReset(
        device=int(found["device"]),
        outcome="initiating" if found["initiated"] else "completed" if found["completed"] else "failed",
        request=int(request) if request else None,
        scope="TPB" if found["scope"] == "TPB" else "device" if found["scope"] else None,
    )


def parse_invalid_device(line: str) -> InvalidDevice | None:
    """
    Parse the refusal to open a device.

    .. code-block:: text

        neuron:ncdev_open: nd0 is in an invalid state
    """
    found = _INVALID_DEVICE.search(line)
    return found and InvalidDevice(device=int(found[1]))


def parse_duplicate_routing_id(line: str) -> DuplicateRoutingId | None:
    """
    Parse the complaint about two devices with one id.

    .. code-block:: text

        duplicate routing id 0 found
    """
    found = _DUPLICATE_ROUTING_ID.search(line)
    return found and DuplicateRoutingId(routing_id=int(found[1]))


def parse_process_attachment(line: str) -> ProcessAttachment | None:
    """
    Parse that a process opened or closed a device; which one is not said.

    .. code-block:: text

        neuron:npid_detach: neuron:npid_detach: pid=90193, slot=0
    """
    found = _ATTACHMENT.search(line)
    return found and ProcessAttachment(
        change="attach" if found[1] == "attach" else "detach", pid=int(found[2]), slot=int(found[3])
    )


def parse_out_of_memory_kill(line: str) -> OutOfMemoryKill | None:
    """
    Parse that the kernel killed a process for want of memory.

    .. code-block:: text

        Out of memory: Killed process 2811 (walrus_driver) total-vm:16420540kB, anon-rss:13951040kB, file-rss:4528kB
        Memory cgroup out of memory: Killed process 23793 (python3) total-vm:2623712kB, anon-rss:506500kB
    """
    found = _OUT_OF_MEMORY.search(line)
    return found and OutOfMemoryKill(pid=int(found[1]), process=found[2])


_PARSERS = (
    ("NEURON_HW_ERR=", parse_hardware_error),
    ("Neuron Driver Started", parse_driver_start),
    ("** BDF:", parse_device_address),
    (" reset", parse_device_reset),
    (" is in an invalid state", parse_invalid_device),
    ("duplicate routing id ", parse_duplicate_routing_id),
    ("npid_", parse_process_attachment),
    ("ut of memory: Kill", parse_out_of_memory_kill),
)
"""Each parser behind a text that every line of its kind contains."""


def parse_kernel_event(line: str) -> KernelEvent | None:
    """Return what *line* of the kernel's log tells about Neuron, `None` when it tells nothing that has a fact."""
    for text, parse in _PARSERS:
        if text in line and (event := parse(line)) is not None:
            return event
    return None


def kernel_events(lines: Iterable[str]) -> Iterator[KernelEvent]:
    """Return what *lines* of the kernel's log tell about Neuron, in their order."""
    return (event for event in map(parse_kernel_event, lines) if event is not None)


def device_addresses(lines: Iterable[str]) -> Mapping[str, DeviceAddress]:
    """
    Return which PCI function is which device since the driver was last loaded, by PCI address without domain.

    A log can hold several loads; a function that was bound again counts as it was last.
    """
    addresses: dict[str, DeviceAddress] = {}
    for event in kernel_events(lines):
        if isinstance(event, DriverStart):
            addresses.clear()
        elif isinstance(event, DeviceAddress):
            addresses[event.pci_address] = event
    return addresses


def left_out(lines: Iterable[str]) -> int:
    """Return how many lines are not kept in *lines* of a log, as their first line says."""
    found = next((_LEFT_OUT.fullmatch(line) for line in lines), None)
    return int(found[1]) if found else 0


def parse_runtime_messages(line: str) -> tuple[RuntimeMessage, ...]:
    """
    Parse the runtime's messages in a line of an application's log.

    Ranks that write at once can put several messages into one line.

    .. code-block:: text

        2021-Aug-27 23:22:12.0323 28078:28078 ERROR   NRT:nrt_allocate_neuron_cores    NeuronCore(s) not available - …
        NRT:  26638:26638 ERROR  TDRV:db_vtpb_get_mla_and_tpb     Could not find VNC id 3
        2026-Feb-23 01:42:57.0395 4137:4161 [0] net_plugin.cc:97 CCOM WARN OFI plugin initNet() failed is EFA enabled?
    """
    headers = list(_RUNTIME_HEADER.finditer(line))
    ends = [header.start() for header in headers[1:]] + [len(line)]
    return tuple(
        RuntimeMessage(
            text=line[header.end() : end].strip(),
            level=header["level"] or header["word"],
            module=header["module"] or header["collectives"],
            function=header["function"] or header["place"],
            pid=int(header["pid"]),
            timestamp=header["time"],
        )
        for header, end in zip(headers, ends, strict=False)
    )


def _index(text: str | None) -> int | None:
    """Return the index that *text* is; anything but a few digits is none."""
    return int(text) if text is not None and re.fullmatch("[0-9]{1,3}", text) else None


def since_driver_start(lines: Sequence[str]) -> tuple[str, ...]:
    """Return those *lines* of the kernel's log that are not older than the driver that is loaded now."""
    starts = [place for place, line in enumerate(lines) if isinstance(parse_driver_start(line), DriverStart)]
    return tuple(lines[starts[-1] :] if starts else lines)
