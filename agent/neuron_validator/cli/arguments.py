"""What several sub-commands' arguments have in common."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, NoReturn

from .exits import USAGE, UsageError
from .streams import discard_output

_CONFIGURATION = "/etc/neuron-validator"
_VARIABLES = "NEURON_VALIDATOR_"
_DURATION = re.compile(r"(\d+)([dwmy])")
LOOKAHEAD = "how far ahead an end of support is told of: 90d, 12w, 6m, 1y (default: 90d)"
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage errors exit with 64: argparse's own 2 would read as a critical finding."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.add_argument(
            "--config",
            metavar="PATH",
            default=argparse.SUPPRESS,
            help="configuration, a file or a directory (default: /etc/neuron-validator)",
        )

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the options that *arguments* give, that are configured, or that are the default."""
        options = self.parse_args(arguments)
        options.silences = ()
        if not hasattr(options, "config") and not _may_be_configured():
            return options
        from .configured import with_configuration

        return with_configuration(self, arguments, options)

    def error(self, message: str) -> NoReturn:
        """Print one line and exit."""
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _may_be_configured() -> bool:
    """Tell whether there is any configuration, without reading it: a plain start should not pay for one."""
    return os.path.exists(_CONFIGURATION) or any(name.startswith(_VARIABLES) for name in os.environ)


def command_parser(name: str, description: str) -> Parser:
    """Return an empty parser for sub-command *name*."""
    return Parser(
        prog=f"neuron-validator {name}",
        description=description,
        allow_abbrev=False,
        formatter_class=_help_formatter,
    )


def add_command(commands: Any, name: str, what: str) -> Parser:
    """Add the sub-command *name* to the parsers *commands*, with help of the same form as that of its parent."""
    parser: Parser = commands.add_parser(
        name,
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        allow_abbrev=False,
        formatter_class=_help_formatter,
    )
    return parser


def _help_formatter(prog: str) -> argparse.HelpFormatter:
    """Make what argparse makes for every option, but that it would import shutil for the width: 2 ms in each run."""
    from ..renderers.style import terminal_width

    return argparse.RawDescriptionHelpFormatter(prog, width=terminal_width(os.environ) - 2)


def add_host_arguments(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Add the options that say which host is meant."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--root", metavar="DIR", help="a captured tree that stands for a host (default: this machine)")
    group.add_argument("--snapshot", metavar="FILE", help="an inventory that `collect` wrote; - for standard input")
    group.add_argument("--facts", metavar="FILE", help="a facts file, JSON or TOML; - for standard input")
    parser.add_argument(
        "--no-neuron-ls",
        dest="neuron_ls",
        action="store_false",
        help="do not run neuron-ls, which opens the device nodes; nothing else here does",
    )
    parser.add_argument(
        "--imds",
        action="store_true",
        help="ask EC2's instance metadata service, too; nothing else here uses the network",
    )
    return group


def add_timeout_argument(parser: argparse.ArgumentParser) -> None:
    """Add the time limit of a run."""
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=parse_seconds, default=10.0, help="for the whole run (default: 10)"
    )


def add_day_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the day by whose knowledge a host is judged, and how far it looks ahead."""
    parser.add_argument("--as-of", metavar="DATE", type=parse_date, help="judge as of YYYY-MM-DD (default: today, UTC)")
    parser.add_argument(
        "--lookahead", metavar="DURATION", type=parse_duration, default=parse_duration("90d"), help=LOOKAHEAD
    )


def add_production_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option that says what the host is for."""
    parser.add_argument(
        "--production", action="store_true", help="people rely on this host: alpha and beta software on it is a warning"
    )


def add_catalog_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option for an overlay over the catalog."""
    parser.add_argument(
        "--catalog", metavar="PATH", help="a directory or file whose records replace or add to the catalog's"
    )


def parse_date(text: str) -> date:
    """Parse ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a date (YYYY-MM-DD): {text!r}") from error


def today() -> date:
    """Return today, in UTC as all dates of the catalog are."""
    return datetime.now(timezone.utc).date()


def parse_duration(text: str) -> timedelta:
    """Parse a duration such as ``90d``, ``12w``, ``6m`` (of 30 days) or ``1y``."""
    match = _DURATION.fullmatch(text)
    if match is None or len(match[1]) > 5:
        raise argparse.ArgumentTypeError(f"not a duration (90d, 12w, 6m, 1y): {text!r}")
    return timedelta(days=int(match[1]) * _DAYS[match[2]])


def parse_seconds(text: str) -> float:
    """Parse a number of seconds, up to a day."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}") from error
    if not 0 < value < 86_400:
        raise argparse.ArgumentTypeError(f"not a sensible number of seconds: {text!r}")
    return value


def write_output(text: str, path: str | None, *, mode: int = 0o644) -> None:
    """
    Print *text*, or write it to *path* atomically with permission bits *mode*; raises `OSError`.

    A reader who goes before the end (`| grep -q`) changes no verdict: the exit code is what it is without him.
    """
    if path is not None:
        try:
            _replace(path, text, mode)
        except OSError as error:
            error.filename, error.filename2 = path, None  # not the draft's name, which says nothing to the user
            raise
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()


def _replace(path: str, text: str, mode: int) -> None:
    """Put *text* in place of what is at *path*."""
    import tempfile

    folder, name = os.path.split(path)
    descriptor, temporary = tempfile.mkstemp(dir=folder or ".", prefix=f".{name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def read_standard_input() -> str:
    """Read standard input as text; raises `UsageError` when it is not UTF-8."""
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not text: {error}") from error
