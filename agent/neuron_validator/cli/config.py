"""``neuron-validator config``: say whether the configuration is right, and what is in force."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING

from ..renderers.text import to_line
from .arguments import Parser, add_command, command_parser, parse_date, today
from .exits import OK, ConfigurationError

if TYPE_CHECKING:
    import argparse

    from .configuration import Configuration, Section

_EXAMPLES = """\
examples:
  neuron-validator config check                             /etc/neuron-validator
  neuron-validator config check --config ./config.toml      a file or a directory of one's own

What counts, the strongest first: flags, NEURON_VALIDATOR_<FLAG> in the environment, config.d/*.toml (the last by name
first), config.toml, the program's defaults.
"""


def build_parser() -> Parser:
    """Return the parser of ``config``."""
    parser = command_parser("config", "Check the configuration, and say what is in force.")
    parser.epilog = _EXAMPLES
    commands = parser.add_subparsers(metavar="check", required=True)
    check = add_command(commands, "check", "say what is wrong with the configuration, or what it says")
    check.add_argument("--as-of", metavar="DATE", type=parse_date, help="day on which silences hold or have ended")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Print what the configuration says; 78 when something in it is wrong."""
    options = build_parser().parse_args(arguments)
    from . import COMMANDS
    from .configured import configuration

    found = configuration(getattr(options, "config", None), os.environ, COMMANDS)
    parsers = dict(_sections(COMMANDS))
    as_of = options.as_of or today()
    for line in (*_lines(found, parsers), *_silences(found, as_of)):
        print(to_line(line))
    return OK


def _sections(commands: Iterable[str]) -> Iterator[tuple[Section, argparse.ArgumentParser]]:
    """Yield every table that there can be, with the parser that knows its keys."""
    from .configured import sub_parsers

    for name in commands:
        parser = import_module(f".{name.replace('-', '_')}", __package__).build_parser()
        yield (name,), parser
        yield from (((name, word), command) for word, command in sub_parsers(parser))


def _lines(found: Configuration, parsers: dict[Section, argparse.ArgumentParser]) -> Iterator[str]:
    """Yield what was read and what it sets; raises `ConfigurationError`."""
    from .configured import settings_for

    yield f"files: {', '.join(found.files) or 'none'}"
    for section, settings in found.settings.items():
        source = next(iter(settings.values())).source
        if section not in parsers:
            raise ConfigurationError(f"{source}: {'.'.join(section)}: no such command{_hint(section, parsers)}")
        settings_for(parsers[section], settings, {}, section=section)
        for key, setting in settings.items():
            yield f"[{'.'.join(section)}] {key} = {_toml(setting.value)} ({setting.source})"


def _toml(value: object) -> str:
    """Return *value* as a file of TOML has it, which for all that a flag takes is as JSON has it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _hint(section: Section, known: Iterable[Section]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(".".join(section), map(".".join, known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def _silences(found: Configuration, as_of: date) -> Iterator[str]:
    for one in found.silences:
        about = ", ".join(filter(None, (one.component, one.scope, one.rule)))
        ended = "until" if one.silence.until >= as_of else "ENDED"
        yield f"silence {one.check}{f' ({about})' if about else ''} {ended} {one.silence.until}: {one.silence.reason}"
