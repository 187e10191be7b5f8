"""
Options that the command line does not give: from the environment, else from the configuration.

``fail-on = "critical"`` in the table of a command, and ``NEURON_VALIDATOR_FAIL_ON=critical`` in the environment, are
``--fail-on critical``. Which host is judged is the command line's to say alone.
"""

# argparse has no public list of its options.
# ruff: noqa: SLF001

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neuron_collectors.input_error import InputMissing
from neuron_collectors.shapes import Shape, ShapeError, array, boolean, describe, integer, keys

from .configuration import PLACE, Configuration, Section, Setting, find_files, load_configuration
from .exits import ConfigurationError

PREFIX = "NEURON_VALIDATOR_"
PLACE_VARIABLE = "NEURON_VALIDATOR_CONFIG"
"""Names another place than `PLACE`; empty for none."""

_OF_THE_COMMAND_LINE = frozenset({"help", "config", "root", "snapshot", "facts"})
_MOST_COUNTED = 9


def configuration(named: str | None, environ: Mapping[str, str], commands: Mapping[str, object]) -> Configuration:
    """Read the configuration at *named*, else where the environment says, else at its place."""
    place = named if named is not None else environ.get(PLACE_VARIABLE, PLACE)
    if not place or (place == PLACE and not os.path.exists(PLACE)):
        return Configuration(settings={})
    if not os.path.exists(place):
        raise InputMissing(f"{place}: no such file or directory")
    return load_configuration(find_files(place), commands)


def with_configuration(
    parser: argparse.ArgumentParser, arguments: Sequence[str], options: argparse.Namespace
) -> argparse.Namespace:
    """Return *options*, which *parser* made of *arguments*, with what is configured where no flag was given."""
    from . import COMMANDS

    found = configuration(getattr(options, "config", None), os.environ, COMMANDS)
    section, leaf = _chosen(parser, arguments)
    settings = settings_for(leaf, found.settings.get(section, {}), os.environ, section=section)
    given = _given(parser, leaf, arguments)
    for action, value in settings.items():
        leaf.set_defaults(**{action.dest: value})
        if given.isdisjoint(_rivals(leaf, action)):
            setattr(options, action.dest, value)
    options.silences = found.silences
    return options


def settings_for(
    parser: argparse.ArgumentParser, settings: Mapping[str, Setting], environ: Mapping[str, str], *, section: Section
) -> dict[argparse.Action, object]:
    """Return what is configured for the flags of *parser*; raises `ConfigurationError` with the spot that is wrong."""
    flags = configurable(parser)
    shapes = {name: _shape(action) for name, action in flags.items()}
    values: dict[argparse.Action, object] = {}
    for key, setting in settings.items():
        value = _checked(f"{setting.source}: {'.'.join(section)}", shapes, key, setting.value)
        values[flags[key]] = value
    for key, action in flags.items():
        name = PREFIX + re.sub("[-.]", "_", key).upper()
        if name in environ:
            values[action] = _checked(name, {key: shapes[key]}, key, _from_text(action, environ[name]))
    return values


def configurable(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Return the flags of *parser* that may be configured, by their names."""
    named = ((flag[2:], action) for action in parser._actions for flag in action.option_strings)
    return {name: action for name, action in named if name not in _OF_THE_COMMAND_LINE and len(name) > 1}


def _chosen(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> tuple[Section, argparse.ArgumentParser]:
    """Return the command, or the sub-command, that *arguments* name, and its parser."""
    name = parser.prog.rpartition(" ")[2]
    for word, command in sub_parsers(parser):
        if word in arguments:
            return (name, word), command
    return (name,), parser


def sub_parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the sub-commands of *parser*."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _given(parser: argparse.ArgumentParser, leaf: argparse.ArgumentParser, arguments: Sequence[str]) -> frozenset[str]:
    """Return what *arguments* give by themselves: what is there when nothing has a default."""
    defaults = {action: action.default for action in leaf._actions}
    for action in defaults:
        action.default = argparse.SUPPRESS
    given = frozenset(vars(parser.parse_args(arguments)))
    for action, default in defaults.items():
        action.default = default
    return given


def _rivals(parser: argparse.ArgumentParser, action: argparse.Action) -> set[str]:
    """Return the options with which *action* cannot stand, itself among them."""
    groups = (group._group_actions for group in parser._mutually_exclusive_groups if action in group._group_actions)
    return {action.dest, *(rival.dest for group in groups for rival in group)}


def _checked(where: str, shapes: Mapping[str, Shape[Any]], key: str, value: object) -> object:
    try:
        return keys(shapes)({key: value})[key]
    except ShapeError as error:
        spot = where if where.startswith(PREFIX) else f"{where}{error.path}"
        raise ConfigurationError(f"{spot}: {error.why}") from error


def _shape(action: argparse.Action) -> Shape[Any]:
    """Make the shape of what *action* takes."""
    if isinstance(action, argparse._StoreConstAction):
        return lambda value: action.const if boolean(value) else action.default
    if isinstance(action, argparse._CountAction):
        return integer(least=0, most=_MOST_COUNTED)
    if isinstance(action, argparse._AppendAction):
        return lambda value: list(array(_word(action))(value if isinstance(value, list) else [value]))
    return _word(action)


def _word(action: argparse.Action) -> Shape[Any]:
    """Make the shape of one word of the command line."""

    def parse(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int | float | dt.date):
            raise ShapeError(f"not text: {describe(value)}")
        word = str(value)
        if action.choices is not None and word not in action.choices:
            raise ShapeError(f"none of {', '.join(map(str, action.choices))}: {describe(value)}")
        try:
            return action.type(word) if callable(action.type) else word
        except (argparse.ArgumentTypeError, ValueError) as error:
            raise ShapeError(str(error)) from error

    return parse


def _from_text(action: argparse.Action, text: str) -> object:
    """Return what a variable's *text* is in TOML: a truth value, a number, or words with commas between them."""
    if isinstance(action, argparse._StoreConstAction):
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower(), text)
    if isinstance(action, argparse._CountAction):
        return int(text) if text.isascii() and text.isdigit() else text
    if isinstance(action, argparse._AppendAction):
        return [word.strip() for word in text.split(",") if word.strip()]
    return text
