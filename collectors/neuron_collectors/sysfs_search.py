"""
What the nodes in the driver's tree of a device are called, and a search for those that are not where they were.

Drivers 2.7 had everything below ``metrics``, 2.8 to 2.30 below ``info`` and ``stats``; 2.31 moved several nodes to
places that nobody here has seen. So a node is known by its name and kind: a counter is a directory with the files
``total`` and ``present``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Reading, Unread
from .open_directory import Entries, OpenDirectory
from .sysfs import CORE

STATUS_COUNTERS = frozenset(
    {
        *("success", "failure", "timeout", "exec_bad_input", "hw_error", "generic_error", "resource_error"),
        *("resource_nc_error", "invalid_error", "unsupported_neff_version", "oob_error"),
        *("infer_completed_with_error", "infer_completed_with_num_error", "infer_failed_to_queue"),  # driver 2.7
        *("execute_completed_with_error", "execute_completed_with_num_error", "execute_failed_to_queue"),
        *("execute_sw_nq_overflow", "execute_sw_semaphore_error", "execute_sw_event_error"),
        *("execute_sw_psum_collision", "execute_sw_sequencer_fatal"),
        *("hw_collectives_error", "hw_hbm_ue_error", "hw_nc_ue_error", "hw_dma_abort_error"),
        "hw_repairable_hbm_ue_error",
    }
)
"""Counters that have been seen in ``status``, drivers 2.7.15.0 to 2.30."""

OTHER_COUNTERS = frozenset(
    {
        *("model_load_count", "inference_count", "flop_count", "nc_time_in_use"),
        *("reset_req_count", "reset_fail_count", "reset_count"),  # the last in driver 2.7
    }
)
"""Counters that have been seen in ``other_info``, drivers 2.7.15.0 to 2.30."""

MOST_COUNTERS = 256
"""How many directories are read of one directory; the most that a driver has are 24."""

SYSFS_LIMIT = 4096
"""Bytes in a file: sysfs gives no more than one page."""

_MOST_DIGITS = 20  # of an unsigned number of 64 bits
_MAX_LISTED = 500  # directories; a device has 120 beside its counters
_NOT_LISTED = ("power", "memory_usage", "other_info")  # the kernel's, and more than a hundred counters


def parse_count(content: Reading[bytes]) -> Reading[int]:
    """
    Parse what a file says that holds one number without sign.

    .. code-block:: text

        17825792
    """
    if content == b"0\n":  # most of thousands
        return 0
    if not isinstance(content, bytes):
        return content
    digits = content.rstrip()
    return (
        int(digits) if digits.isdigit() and len(digits) <= _MOST_DIGITS else Unread(f"not a number: {shown(content)}")
    )


def parse_line(content: Reading[bytes]) -> Reading[str]:
    """Return the text of a file that holds one line; `None` when that is empty."""
    return content.decode("utf-8", "replace").strip() or None if isinstance(content, bytes) else content


def shown(content: bytes) -> str:
    """Return the beginning of *content* as a message shows it."""
    return repr(content[:40].decode("utf-8", "replace").rstrip("\n"))


def find_files(device: OpenDirectory, names: frozenset[str]) -> dict[str, str]:
    """Return where in *device*, outside of its cores, files *names* are, by name: ``stats/hardware``."""
    return {name: path for path, entries in _walk(device, cores=False) for name in entries.files if name in names}


def find_status(device: OpenDirectory) -> str | None:
    """Return where in *device* its first core has its status counters: ``neuron_core*/stats/status``."""
    for path, entries in _walk(device, cores=True):
        parts = path.split("/")
        if any(CORE.fullmatch(part) for part in parts) and not STATUS_COUNTERS.isdisjoint(entries.directories):
            return "/".join("neuron_core*" if CORE.fullmatch(part) else part for part in parts)
    return None


def _walk(device: OpenDirectory, *, cores: bool) -> Iterator[tuple[str, Entries]]:
    """Return the directories in *device* with what is in them, nearest first; of *cores* the first or none."""
    pending = [""]
    core_seen = not cores
    for _ in range(_MAX_LISTED):
        if not pending:
            return
        path = pending.pop(0)
        entries = list_below(device, path)
        if entries is None or isinstance(entries, Unread):
            continue
        yield path, entries
        for name in entries.directories:
            if name in _NOT_LISTED or (core_seen and CORE.fullmatch(name)):
                continue
            core_seen = core_seen or bool(CORE.fullmatch(name))
            pending.append(f"{path}/{name}" if path else name)


def list_below(device: OpenDirectory, path: str) -> Reading[Entries]:
    """Return what is in the directory at *path* in *device*; the empty path is the device itself."""
    if not path:
        return device.list()
    directory = device.enter(path)
    if directory is None or isinstance(directory, Unread):
        return directory
    with directory:
        return directory.list()
