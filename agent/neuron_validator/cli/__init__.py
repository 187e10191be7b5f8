"""
The command line: arguments, calls, exit code; no logic of its own.

One module per sub-command, imported only when it is asked for, so that a one-shot run starts fast.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from .exits import INTERNAL, INTERRUPTED, IO_ERROR, OK, USAGE
from .streams import discard_output, open_closed_streams

_GARBAGE_THRESHOLD = 50_000  # a run makes some ten thousand objects and ends: looking for cycles is a tenth of it

PROGRAM = "neuron-validator"
DESCRIPTION = "Tells whether the Neuron software on this machine fits together and is still supported."

# Name -> what it does. The module of the same name has `run(arguments) -> exit code`.
COMMANDS: Mapping[str, str] = {
    "diagnose": "judge a host: this one, a captured tree, a facts file or a snapshot",
    "collect": "print or write the inventory of a host as JSON: a snapshot",
    "serve": "judge this host again and again, and answer Prometheus over HTTP",
    "metrics": "print the metrics of one run for Prometheus, or write node_exporter's textfile",
    "lifecycle": "say in which phase things are, and what is announced",
    "neff": "inspect and check compiled models",
    "catalog": "show, compare, extend and verify what is known of Neuron releases",
    "diff": "say what changed between two reports or snapshots",
    "fleet": "put the reports of many hosts together: skew, outliers, what ends when",
    "explain": "explain a check, a return code of the runtime, or the known lines of a log",
    "list-checks": "list every check with what it needs and how severe it can be",
    "config": "check the configuration, and say what is in force",
    "version": "print the version of this program and of its catalog",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with *argv* (default: the process's own) and return its exit code."""
    gc.set_threshold(_GARBAGE_THRESHOLD)
    arguments = list(sys.argv[1:] if argv is None else argv)
    verbose = "-v" in arguments or "--verbose" in arguments
    code = OK
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        discard_output()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else OK
    except Exception as error:  # noqa: BLE001 - the edge: everything ends in one line and an exit code
        return _report_failure(error, verbose=verbose)
    return code


def console() -> NoReturn:
    """
    Run the program and end the process at once: the entry point of the installed script.

    Taking the modules down one by one takes Python a tenth of a one-shot run, and a collector that is stuck in the
    kernel must not hold up the end. Everything is written and flushed by then.
    """
    open_closed_streams()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader has gone, or there never was one
            stream.flush()
    os._exit(code)


def _dispatch(arguments: list[str]) -> int:
    """Hand over to the sub-command."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return OK if arguments else USAGE
    if arguments[0] in ("-V", "--version"):
        arguments = ["version", *arguments[1:]]
    name = arguments[0]
    if name not in COMMANDS:
        from difflib import get_close_matches

        close = get_close_matches(name, COMMANDS, n=1)
        hint = f", did you mean {close[0]!r}?" if close else "; see --help"
        print(f"neuron-validator: unknown command {name!r}{hint}", file=sys.stderr)
        return USAGE
    module = import_module(f".{name.replace('-', '_')}", __name__)
    code = module.run(arguments[1:])
    assert isinstance(code, int)  # noqa: S101 - a module found by name has no type
    return code


def _report_failure(error: Exception, *, verbose: bool) -> int:
    """Say in one line why the program could not do its work."""
    from .exits import exit_code_for

    code = exit_code_for(error)
    if code == INTERNAL:
        hint = "" if verbose else "; run again with -v for the traceback, and please report it"
        print(f"neuron-validator: internal error: {type(error).__name__}: {error}{hint}", file=sys.stderr)
    else:
        print(f"neuron-validator: {_say(error, code)}", file=sys.stderr)
    if verbose:
        import traceback

        traceback.print_exception(error)
    return code


def _say(error: Exception, code: int) -> str:
    """Return what *error* says, without the number that the system has for it."""
    if code != IO_ERROR or not isinstance(error, OSError) or error.strerror is None:
        return f"I/O error: {error}" if code == IO_ERROR else str(error)
    place = "" if error.filename is None else f"{error.filename}: "
    return f"I/O error: {place}{error.strerror}"


def _help() -> str:
    """Return the top-level help."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        [
            "usage: neuron-validator COMMAND [OPTIONS]",
            "",
            DESCRIPTION,
            "",
            "commands:",
            *lines,
            "",
            "examples:",
            "  neuron-validator diagnose                      judge this machine",
            "  neuron-validator diagnose --root ./captured    judge a captured tree",
            "  neuron-validator diagnose --facts facts.json   judge a set of versions without a host",
            "",
            "neuron-validator COMMAND --help lists the options of a command.",
        ]
    )
