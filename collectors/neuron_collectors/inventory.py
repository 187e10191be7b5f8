"""Every collector, and how an inventory is taken with them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from .boot import collect_boot
from .compile_cache import collect_compile_caches
from .container import collect_container
from .device_class import collect_device_class
from .device_health import collect_device_health
from .device_nodes import collect_device_nodes
from .device_plugin import collect_device_plugin
from .device_status import JUDGED_COUNTERS, collect_device_status
from .disks import collect_disks
from .dkms import collect_dkms
from .dmi import collect_instance
from .driver import collect_driver
from .efa import collect_efa
from .environment import collect_environment
from .extension_libraries import collect_extension_libraries
from .facts import Failure, Inventory, Unread
from .facts.frozen import dataclass
from .host import CollectorError, Host
from .hugepages import collect_huge_pages
from .image import collect_image
from .kernel_log import collect_kernel_log
from .libraries import collect_runtime_libraries
from .limits import collect_limits
from .meminfo import collect_memory
from .module_files import collect_driver_files
from .module_loading import collect_module_loading
from .oci_hook import collect_oci_hook
from .os_info import collect_os
from .os_packages import collect_os_packages
from .package_holds import collect_package_holds
from .pci import collect_pci
from .pod import collect_pod
from .processes import collect_hidden_processes, collect_processes
from .python_environments import collect_python_environments
from .runs import CollectorRun
from .sysfs import collect_devices
from .udev_rules import collect_udev_rules

COLLECTOR_DEADLINE = 5.0
"""Seconds that one collector may take. Firmware that is stuck can hold a single sysfs read for 15 s and more."""

_LEAST_PATIENCE = 0.001

Collector = Callable[[Host], Any]

# Adding a collector: write its module, then add a line here and a field of the same name to `facts.Inventory`.
# Here is what a one-shot diagnosis judges. Counters that it does not (the rest of device_status, device_tree: thousands
# of files on a large host) and what opens the devices (neuron_ls) are added by whoever wants them.
COLLECTORS: Mapping[str, Collector] = {
    "instance": collect_instance,
    "os": collect_os,
    "image": collect_image,
    "container": collect_container,
    "pod": collect_pod,
    "device_plugin": collect_device_plugin,
    "oci_hook": collect_oci_hook,
    "pci": collect_pci,
    "devices": collect_devices,
    "device_nodes": collect_device_nodes,
    "device_class": collect_device_class,
    "efa": collect_efa,
    "driver": collect_driver,
    "driver_files": collect_driver_files,
    "dkms": collect_dkms,
    "boot": collect_boot,
    "module_loading": collect_module_loading,
    "udev_rules": collect_udev_rules,
    "os_packages": collect_os_packages,
    "package_holds": collect_package_holds,
    "python_environments": collect_python_environments,
    "runtime_libraries": collect_runtime_libraries,
    "extension_libraries": collect_extension_libraries,
    "compile_caches": collect_compile_caches,
    "environment": collect_environment,
    "processes": collect_processes,
    "hidden_processes": collect_hidden_processes,
    "memory": collect_memory,
    "huge_pages": collect_huge_pages,
    "limits": collect_limits,
    "disks": collect_disks,
    "kernel_log": collect_kernel_log,
    "device_status": partial(collect_device_status, names=JUDGED_COUNTERS),
    "device_health": collect_device_health,  # last: where firmware is stuck it takes all the time that there is
}


def take_inventory(
    host: Host,
    *,
    collectors: Mapping[str, Collector] = COLLECTORS,
    deadline: float = COLLECTOR_DEADLINE,
    timeout: float = 60.0,
) -> Inventory:
    """Return the facts that *collectors* read of *host*; see `run_collectors`."""
    return run_collectors(host, collectors=collectors, deadline=deadline, timeout=timeout)[0]


def run_collectors(
    host: Host,
    *,
    collectors: Mapping[str, Collector] = COLLECTORS,
    deadline: float = COLLECTOR_DEADLINE,
    timeout: float = 60.0,
    clock: Callable[[], float] = time.time,
) -> tuple[Inventory, tuple[CollectorRun, ...]]:
    """
    Run *collectors* on *host*; one that fails or is stuck is recorded and costs no other.

    *deadline* is the time for one collector and *timeout* for all together, in seconds. A collector that exceeds it is
    abandoned in its thread (a read in the kernel cannot be interrupted) and its fact is `Unread`. *clock* tells the
    seconds since the epoch at which each ended.
    """
    end = time.monotonic() + timeout
    outcomes: dict[str, _Outcome] = {}
    runs: list[CollectorRun] = []
    left_behind: dict[str, _Worker] = {}
    worker = _Worker()
    try:
        for name, collect in collectors.items():
            start = time.monotonic()
            patience = min(deadline, end - start)
            if patience < _LEAST_PATIENCE:
                outcome = _Outcome(failure=f"not started: {timeout:g} s for all collectors are over")
            elif (answer := worker.call(collect, host, patience=patience)) is None:
                outcome = _Outcome(failure=f"no answer within {patience:.3g} s")
                left_behind[name], worker = worker, _Worker()
            else:
                outcome = answer
            outcomes[name] = outcome
            runs.append(_run(name, outcome, duration=time.monotonic() - start, finished_at=clock()))
    finally:
        worker.end()
    stuck = {name for name, left in left_behind.items() if not left.has_answered}
    return _inventory(outcomes), tuple(replace(run, stuck=True) if run.collector in stuck else run for run in runs)


def _run(name: str, outcome: _Outcome, *, duration: float, finished_at: float) -> CollectorRun:
    """Tell how collector *name* fared."""
    return CollectorRun(
        collector=name, success=outcome.failure is None, duration_seconds=duration, finished_at=finished_at
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    """How one collector ended."""

    fact: Any = None
    failure: str | None = None
    bug: BaseException | None = None


def _inventory(outcomes: Mapping[str, _Outcome]) -> Inventory:
    """Put the facts together; the fact of a collector that failed is `Unread`."""
    facts: dict[str, Any] = {
        name: outcome.fact if outcome.failure is None else Unread(outcome.failure) for name, outcome in outcomes.items()
    }
    failed = [(name, outcome.failure) for name, outcome in outcomes.items() if outcome.failure is not None]
    return Inventory(**facts, failures=tuple(Failure(collector=name, reason=reason) for name, reason in failed))


class _Worker:
    """A thread that runs one collector after another and can be left behind."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Collector, Host] | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="collector", daemon=True).start()

    def call(self, collect: Collector, host: Host, *, patience: float) -> _Outcome | None:
        """Run *collect* on *host*; return `None` when it takes longer than *patience* seconds. Raises its bugs."""
        self._calls.put((collect, host))
        try:
            outcome = self._outcomes.get(timeout=patience)
        except queue.Empty:
            self.end()
            return None
        if outcome.bug is not None:
            raise outcome.bug
        return outcome

    @property
    def has_answered(self) -> bool:
        """Whether the call that nobody waited for any longer has returned."""
        return not self._outcomes.empty()

    def end(self) -> None:
        """Let the thread finish once its current call returns."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            self._outcomes.put(_outcome(*call))


def _outcome(collect: Collector, host: Host) -> _Outcome:
    """Run one collector and catch what it raises, for the thread that waits."""
    try:
        return _Outcome(fact=collect(host))
    except CollectorError as error:
        return _Outcome(failure=str(error))
    except BaseException as error:  # noqa: BLE001 - carried to the caller's thread and raised there
        return _Outcome(bug=error)
