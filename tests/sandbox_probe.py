"""
Tries what a sandbox is to prevent, and what it is to leave alone; run alone, it prints as JSON what came of each.

Nothing here changes anything: a file of /sys gets the value that it has.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import socket
import stat
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

DEVICE = "/dev/neuron0"
OTHER_ADDRESS = "10.77.0.1"
SYSFS = "/sys/kernel/rcu_expedited"
DEVICE_SYSFS = "/sys/devices/virtual/neuron_device/neuron0/info/serial_number"
SYSCTL = "/proc/sys/net/core/somaxconn"


def write_again(path: str) -> None:
    """Write to *path* what it contains."""
    content = Path(path).read_bytes()
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)


def make_file(folder: str) -> None:
    """Make a file in *folder*, and take it away."""
    path = Path(folder) / f".probe.{os.getpid()}"
    path.touch()
    path.unlink()


def make_node(folder: str) -> None:
    """Make a device node in *folder*, and take it away."""
    path = Path(folder) / f".probe.{os.getpid()}"
    os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    path.unlink()


def make_setuid(folder: str) -> None:
    """Make a program in *folder* run as its owner."""
    path = Path(folder) / f".probe.{os.getpid()}"
    path.touch()
    try:
        path.chmod(0o4700)
    finally:
        path.unlink()


def open_device(path: str) -> None:
    """Open the node at *path*."""
    os.close(os.open(path, os.O_RDWR))


def mount_over(folder: str) -> None:
    """Mount an empty file system on *folder*, and take it away."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    library.umount(folder.encode())


def write_code() -> None:
    """Get memory that can be written and executed."""
    mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def send_to(address: str) -> None:
    """Send a datagram to nobody at *address*."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"probe", (address, 9))


def listen_to_packets() -> None:
    """Open a socket that would see all traffic."""
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


def actions(state: str) -> Mapping[str, Callable[[], object]]:
    """Return what is tried, with *state* as the folder that may be written."""
    return {
        "write sysfs": partial(write_again, SYSFS),
        "write sysfs of a device": partial(write_again, DEVICE_SYSFS),
        "write sysctl": partial(write_again, SYSCTL),
        "open a device": partial(open_device, DEVICE),
        "make a device": partial(make_node, state),
        "write /etc": partial(make_file, "/etc"),
        "write /usr": partial(make_file, "/usr"),
        "write /home": partial(make_file, "/home"),
        "write /tmp": partial(make_file, "/tmp"),  # noqa: S108 - it is what is tried
        "write /var/tmp": partial(make_file, "/var/tmp"),  # noqa: S108
        "mount": partial(mount_over, "/mnt"),
        "make setuid": partial(make_setuid, state),
        "write code": write_code,
        "listen to packets": listen_to_packets,
        "send elsewhere": partial(send_to, OTHER_ADDRESS),
        "look at a device": partial(os.stat, DEVICE),
        "look into /usr/lib/modules": partial(os.listdir, "/usr/lib/modules"),
        "write the state directory": partial(make_file, state),
        "send to this machine": partial(send_to, "127.0.0.1"),
    }


def attempt(action: Callable[[], object]) -> str:
    """Return ``done``, or the name of the error."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


def main(state: str) -> None:
    """Try everything."""
    json.dump({name: attempt(action) for name, action in actions(state).items()}, sys.stdout)


if __name__ == "__main__":
    main(os.environ["STATE_DIRECTORY"])
