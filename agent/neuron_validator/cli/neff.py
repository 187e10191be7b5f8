"""``neuron-validator neff``: look at compiled models, and judge them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace

from neuron_collectors.captured import open_host
from neuron_collectors.facts import Neff, Unread
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.neff import absolute_path, read_neff

from ..renderers.neff import describe_inspection, render_text
from ..renderers.style import Style
from ..renderers.text import to_line
from .arguments import Parser, add_command, command_parser, write_output
from .exits import INPUT_MISSING, OK
from .neff_check import add_check_arguments, path_on
from .neff_check import check as check_models

_EXAMPLES = """\
examples:
  neuron-validator neff inspect model.neff                             header, hash, compiler, target and tensors
  neuron-validator neff inspect --header-only --format json *.neff     without a look at what is compressed
  neuron-validator neff check /srv/models                              would they run on this machine
  neuron-validator neff check --runtime 2.31 --target trn2 build/      would they run there; needs no Neuron software
"""


def build_parser() -> Parser:
    """Return the parser of ``neff``."""
    parser = command_parser("neff", "Inspect and check compiled models (NEFF files). Needs no Neuron software.")
    parser.epilog = _EXAMPLES
    commands = parser.add_subparsers(metavar="inspect|check", required=True)
    inspect = add_command(commands, "inspect", "show what the files say of themselves")
    inspect.add_argument("files", metavar="FILE", nargs="+", help="NEFF files")
    inspect.add_argument(
        "--header-only", action="store_true", help="leave out what the payload says: compiler, target, tensors"
    )
    inspect.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    inspect.add_argument("--root", metavar="DIR", help="a captured tree in which the files are (default: this machine)")
    inspect.add_argument("-v", "--verbose", action="store_true", help="show tracebacks")
    inspect.set_defaults(run=_inspect)
    check = add_command(commands, "check", "say whether compiled models would load and run")
    add_check_arguments(check)
    check.set_defaults(run=_check)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run ``neff inspect`` or ``neff check``."""
    options = build_parser().parse(arguments)
    code = options.run(options)
    assert isinstance(code, int)  # noqa: S101 - argparse's namespace has no types
    return code


def _inspect(options: argparse.Namespace) -> int:
    """Print what each file says of itself; 66 when one of them could not be read."""
    host = open_host(options.root or "/")
    neffs, errors = [], {}
    for name in options.files:
        found = _read(host, name, metadata=not options.header_only)
        if isinstance(found, Neff):
            neffs.append(found)
        else:
            errors[name] = found
    if options.format == "json":
        write_output(json.dumps(describe_inspection(neffs, errors), indent=2) + "\n", None)
    else:
        write_output(render_text(neffs, unicode=Style.for_output("never", to_terminal=True).unicode), None)
    for name, reason in errors.items():
        print(f"neuron-validator: {to_line(name)}: {to_line(reason)}", file=sys.stderr)
    return INPUT_MISSING if errors else OK


def _check(options: argparse.Namespace) -> int:
    host = open_host(options.root or "/")
    return check_models(options, [path_on(host, name) for name in options.paths], host)


def _read(host: Host, name: str, *, metadata: bool) -> Neff | str:
    """Read the file that the user calls *name*, or say why that cannot be done."""
    path = path_on(host, name)
    try:
        neff = read_neff(host, path, metadata=metadata, verify=True)
    except CollectorError as error:
        return str(error).removeprefix(f"{absolute_path(path)}: ")
    if neff is None:
        return "no such file"
    return neff.reason if isinstance(neff, Unread) else replace(neff, path=name)
