"""What can be wrong with a file that the user gives."""

from __future__ import annotations


class InputError(Exception):
    """
    A file that the user gave is not what it should be.

    The message is one line and names the spot: ``devices.pci: not a number: 'sixteen'``.
    """


class InputMissing(InputError):  # noqa: N818 - it says what is the matter, like FileNotFoundError does
    """A file that the user gave is not there, or may not be read."""
