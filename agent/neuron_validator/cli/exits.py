"""Exit codes: disjoint, so that a script never takes a failure of the program for a verdict."""

from __future__ import annotations

from neuron_collectors.host import HostError
from neuron_collectors.input_error import InputError

from ..catalog.load import CatalogError

OK = 0
NO_VERDICT = 3
USAGE = 64
INPUT_MISSING = 66
INTERNAL = 70
IO_ERROR = 74
BAD_CONFIGURATION = 78
INTERRUPTED = 130


class UsageError(Exception):
    """The command line does not make sense."""


class ConfigurationError(Exception):
    """The configuration is not what it should be; the message is one line and names the spot."""


def exit_code_for(error: Exception) -> int:
    """Return the exit code that tells what kind of failure *error* is."""
    from ..service.web.errors import WebConfigError

    match error:
        case UsageError():
            return USAGE
        case HostError() | InputError():
            return INPUT_MISSING
        case CatalogError() | ConfigurationError() | WebConfigError():
            return BAD_CONFIGURATION
        case OSError():
            return IO_ERROR
        case _:
            return INTERNAL
