"""Facts about the shared libraries of the Neuron runtime, and about those of the frameworks that load them."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, NOT_GIVEN, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeLibrary:
    """One file that holds a library of the Neuron runtime, however many links lead to it."""

    name: Reading[str] = "libnrt"
    """``libnrt``, ``libnccom`` or ``libncfw``; unread for a directory that may hold any and could not be read."""
    path: Reading[str] = NOT_GIVEN
    """The first of `paths`, e.g. ``/opt/aws/neuron/lib/libnrt.so``."""
    paths: Reading[tuple[str, ...]] = NOT_GIVEN
    """Names that lead to it, in the order in which directories are searched; a loader asks for ``libnrt.so.1``."""
    real_path: Reading[str] = NOT_GIVEN
    """The file itself, e.g. ``/opt/aws/neuron/lib/libnrt.so.2.31.23.0``; `None` where a link leads nowhere."""
    environment: Reading[str] = NOT_GIVEN
    """Python environment that has it inside, e.g. ``/opt/aws_neuron_venv_pytorch_p38``; `None` elsewhere."""
    named_by: Reading[tuple[str, ...]] = NOT_GIVEN
    """Configuration that names its directory: ``/etc/ld.so.conf.d/neuron.conf``, units with an LD_LIBRARY_PATH."""
    size: Reading[int] = NOT_GIVEN
    """Bytes; libnrt 2.31.24.0 has 122956336, most of them for debuggers."""
    version: Reading[str] = NOT_GIVEN
    """
    Product version, from the name of the file that the link leads to: ``libnrt.so.2.31.23.0``.

    libnccom's has three parts. `None` where the name has no version, as for a copy called ``libnrt.so.1``.
    """
    soname: Reading[str] = NOT_GIVEN
    """``DT_SONAME``, e.g. ``libnrt.so.1`` whatever the product version, ``libncfw.so.2.31.1.0.cf13a49f``."""
    symbol_versions: Reading[tuple[str, ...]] = NOT_GIVEN
    """Versions of symbols that it defines, e.g. ``("NRT_2.0.0", "NRT_3.0.0")``, without the one named like itself."""
    exports: Reading[tuple[str, ...]] = NOT_GIVEN
    """What frameworks can call in it: ``nrt_init@NRT_2.0.0``, ``nec_*``, ``nrta_*``; 145 in libnrt 2.31.24.0."""
    needed_glibc: Reading[str] = NOT_GIVEN
    """Highest version ``GLIBC_x.y`` of a symbol that it needs, e.g. ``2.28``; `None` when it needs none."""
    supported_feature_bits: Reading[int] = NOT_GIVEN
    """NEFF features that it can load, a bit mask as its error message prints it."""
    compatibility_id: Reading[int] = NOT_GIVEN
    """The number that it compares with the driver's range at ``nrt_init``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtensionLibrary:
    """One shared library in a Python environment that calls the Neuron runtime: a framework's extension."""

    path: str
    """E.g. ``/opt/…/site-packages/torch_neuronx/lib/libtorchneuron.so``."""
    environment: str
    """Python environment that has it inside, e.g. ``/opt/aws_neuronx_venv_pytorch_2_9``."""
    size: Reading[int] = NOT_COLLECTED
    """Bytes."""
    needed: Reading[tuple[str, ...]] = NOT_COLLECTED
    """``DT_NEEDED``: the libraries that are loaded with it, e.g. ``("libnrt.so.1", "libc.so.6")``."""
    search_path: Reading[tuple[str, ...]] = NOT_COLLECTED
    """``DT_RUNPATH``, or ``DT_RPATH``: where those are searched first, e.g. ``("$ORIGIN", "/opt/aws/neuron/lib")``."""
    runtime_symbols: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Undefined symbols that a libnrt must export, e.g. ``nrt_tensor_copy@NRT_2.0.0``; without ``@`` if any will do."""
    exports: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Symbols with names like those of the runtime that it defines itself, for the other libraries beside it."""
    needed_glibc: Reading[str] = NOT_COLLECTED
    """Highest version ``GLIBC_x.y`` of a symbol that it needs, e.g. ``2.35``; `None` when it needs none."""
