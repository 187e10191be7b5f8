"""
One parser for the whole command line: what the manual page and the shells' completions are made from, when built.

The program itself never makes it: each command has a parser of its own, which is imported with the command alone.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from . import COMMANDS, DESCRIPTION, PROGRAM

_EXIT_CODES = """\
exit codes:
  0    nothing at or above --fail-on
  1    worst finding is a warning
  2    worst finding is critical
  3    no verdict: no Neuron device or software, or too little could be read
  64   the command line makes no sense
  66   an input is missing, unreadable or not understood
  70   a bug of this program
  74   input or output failed
  78   configuration or catalog is no good
  130  interrupted

files:
  /etc/neuron-validator/config.toml, /etc/neuron-validator/config.d/*.toml    configuration and silences
  /etc/neuron-validator/catalog.d                                             records over those of the catalog
  /var/lib/neuron-validator                                                   what the service remembers
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command below one."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=DESCRIPTION,
        epilog=_EXIT_CODES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    for name, what in COMMANDS.items():
        module = import_module(f".{name.replace('-', '_')}", __package__)
        own: argparse.ArgumentParser = module.build_parser()
        commands.add_parser(
            name,
            help=what,
            description=own.description,
            epilog=own.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[own],
            conflict_handler="resolve",  # both have --help
        )
    return parser
