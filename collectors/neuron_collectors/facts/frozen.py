"""
`dataclass`, for frozen classes in a fifth of the time.

`dataclasses.dataclass` writes the source of six methods for each class and has Python compile it: 0.5 ms a class, and
half of what a one-shot ``diagnose`` takes. The methods here are shared: they look the fields up. An instance takes
1.5 µs to make where it took 0.9. To everything else, `dataclasses.replace` and `fields` and mypy
among them, the classes are ordinary dataclasses.
"""

# ruff: noqa: N807, ARG001 - these are the special methods of the classes to come, written once for all

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    _MISSING = dataclasses.MISSING
    _set = object.__setattr__

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool = False, eq: bool = True):
        """Return a decorator that makes a frozen class with slots; see `dataclasses.dataclass` for the rest."""
        if not (frozen and slots):
            raise TypeError("only for frozen classes with slots")

        def make(cls: type) -> type:
            plain = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
            for method in (_init(plain), *_METHODS, *(_EQUALITY if eq else ())):
                if method.__name__ not in cls.__dict__:
                    setattr(plain, method.__name__, method)
            return plain

        return make

    def _init(cls: type) -> Any:
        """Return ``__init__`` for *cls*, with what it needs looked up once."""
        fields = [field for field in cls.__dataclass_fields__.values() if field.init]
        positional = tuple(field.name for field in fields if not field.kw_only)
        defaults = {field.name: field.default for field in fields if field.default is not _MISSING}
        factories = [(field.name, field.default_factory) for field in fields if field.default_factory is not _MISSING]
        names = frozenset(field.name for field in fields)
        count = len(fields)
        # A slot's own descriptor takes a third of the time of `object.__setattr__`, which has to find it.
        slots = [(field.name, getattr(cls, field.name).__set__) for field in fields]
        after = getattr(cls, "__post_init__", None)

        def __init__(self: Any, *given: Any, **named: Any) -> None:
            values = defaults | named
            if given:
                values |= zip(positional, given, strict=False)
            for name, make in factories:
                if name not in values:
                    values[name] = make()
            twice = given and (len(given) > len(positional) or not named.keys().isdisjoint(positional[: len(given)]))
            if twice or len(values) != count:
                missing = names - values.keys()
                raise TypeError(
                    f"{cls.__qualname__}: missing {sorted(missing)}, unknown {sorted(values.keys() - names)}"
                )
            for name, assign in slots:
                assign(self, values[name])
            if after is not None:
                after(self)

        return __init__

    def __repr__(self: Any) -> str:
        shown = (f for f in self.__dataclass_fields__.values() if f.repr)
        return f"{type(self).__qualname__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in shown)})"

    def __setattr__(self: Any, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self: Any, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self: Any) -> list[Any]:
        return [getattr(self, name, None) for name in self.__dataclass_fields__]

    def __setstate__(self: Any, state: list[Any]) -> None:
        for name, value in zip(self.__dataclass_fields__, state, strict=True):
            _set(self, name, value)

    def _compared(instance: Any) -> tuple[Any, ...]:
        return tuple(getattr(instance, f.name) for f in instance.__dataclass_fields__.values() if f.compare)

    def __eq__(self: Any, other: object) -> bool:
        return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(_compared(self))

    _METHODS = (__repr__, __setattr__, __delattr__, __getstate__, __setstate__)
    _EQUALITY = (__eq__, __hash__)

__all__ = ["dataclass"]
