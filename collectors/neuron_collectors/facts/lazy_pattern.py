"""Regular expressions that are compiled when they are first used: most runs never meet the lines they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from re import compile as lazy_pattern
else:
    import re

    class _LazyPattern:
        """Stands for the pattern until somebody asks it for something."""

        __slots__ = ("_arguments",)

        def __init__(self, *arguments: Any) -> None:
            self._arguments = arguments

        def __getattr__(self, name: str) -> Any:
            return getattr(re.compile(*self._arguments), name)  # `re` remembers what it has compiled

    lazy_pattern = _LazyPattern

__all__ = ["lazy_pattern"]
