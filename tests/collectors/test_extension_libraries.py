"""What frameworks need of the runtime; the libraries are stand-ins, for AWS's cannot be had here."""

from __future__ import annotations

from pathlib import Path

from tests.stand_in_library import compile_library, compile_runtime, elf_library

from neuron_collectors.captured import open_host
from neuron_collectors.extension_libraries import collect_extension_libraries
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, ExtensionLibrary, Inventory, RuntimeLibrary, Unread
from neuron_collectors.host import Host
from neuron_collectors.libraries import collect_runtime_libraries
from neuron_collectors.redaction import redact

from .conftest import AnotherUser, CollectLive, MakeHost

VENV = "opt/aws_neuronx_venv_pytorch_2_9"
SITE = f"{VENV}/lib/python3.10/site-packages"
CONFIG = {f"{VENV}/pyvenv.cfg": "version = 3.10.12\n"}

XLA = elf_library(soname="_XLAC.so", versions=(), needed_versions=("GLIBC_2.2.5", "GLIBC_2.35"))
TORCH = elf_library(
    soname="libtorchneuron.so",
    needed=("libnrt.so.1", "libc.so.6"),
    versions=(),
    needed_versions=("NRT_2.0.0", "GLIBC_2.28"),
    undefined={"nrt_tensor_copy": 2, "nrt_init": 2, "memcpy": 3},
)
OTHER = elf_library(soname="libjemalloc.so.2", versions=(), needed_versions=("GLIBC_2.17",))


def collect(host: Host) -> list[ExtensionLibrary]:
    found = collect_extension_libraries(host)
    assert isinstance(found, tuple)
    return list(found)


def test_the_extensions_of_an_environment(make_host: MakeHost) -> None:
    """What uses the runtime, and torch-xla's, whose version of the C library matters; not what is beside them."""
    host = make_host(
        {
            **CONFIG,
            f"{SITE}/_XLAC.cpython-310-x86_64-linux-gnu.so": XLA,
            f"{SITE}/torch_neuronx/lib/libtorchneuron.so": TORCH,
            f"{SITE}/torch_neuronx/lib/libjemalloc.so": OTHER,
            f"{SITE}/torch_neuronx/lib/libnrt.so.1": OTHER,
            f"{SITE}/torch_neuronx/__init__.py": "",
            f"{SITE}/unrelated/libother.so": TORCH,
        }
    )

    assert [
        ExtensionLibrary(
            path=f"/{SITE}/_XLAC.cpython-310-x86_64-linux-gnu.so",
            environment=f"/{VENV}",
            size=len(XLA),
            needed=("libc.so.6",),
            search_path=(),
            runtime_symbols=(),
            exports=(),
            needed_glibc="2.35",
        ),
        ExtensionLibrary(
            path=f"/{SITE}/torch_neuronx/lib/libtorchneuron.so",
            environment=f"/{VENV}",
            size=len(TORCH),
            needed=("libnrt.so.1", "libc.so.6"),
            search_path=(),
            runtime_symbols=("nrt_init@NRT_2.0.0", "nrt_tensor_copy@NRT_2.0.0"),
            exports=(),
            needed_glibc="2.28",
        ),
    ] == collect(host)


def test_any_library_that_calls_the_runtime(make_host: MakeHost) -> None:
    """Frameworks call theirs as they like: what needs libnrt, or one of its functions, counts."""
    needs = elf_library(soname="a.so", needed=("libnrt.so.1",), versions=())
    calls = elf_library(soname="b.so", needed=(), versions=(), undefined={"nrt_init": 0})
    host = make_host(
        {
            **CONFIG,
            f"{SITE}/tensorflow_neuronx/libany.so": needs,
            f"{SITE}/libneuronxla/libneuronpjrt.so": calls,
            f"{SITE}/libneuronxla/lib/libcalls.so.2": calls,
            f"{SITE}/libneuronxla/lib/libcalls.so.bak": calls,
        }
    )

    assert [
        (f"/{SITE}/libneuronxla/lib/libcalls.so.2", ("nrt_init",)),
        (f"/{SITE}/libneuronxla/libneuronpjrt.so", ("nrt_init",)),
        (f"/{SITE}/tensorflow_neuronx/libany.so", ()),
    ] == [(library.path, library.runtime_symbols) for library in collect(host)]


def test_a_function_that_the_runtime_lacks(tmp_path: Path) -> None:
    """What a compiled stand-in needs, less what an older libnrt exports, is what the loader will complain about."""
    newer = compile_runtime(tmp_path / "newer/libnrt.so.1")
    home = tmp_path / "root/opt/aws/neuron/lib"
    compile_runtime(home / "libnrt.so.2.7.0.0", exports=("nrt_init",))
    (tmp_path / "root" / VENV).mkdir(parents=True)
    (tmp_path / "root" / VENV / "pyvenv.cfg").write_text("version = 3.10.12\n")
    compile_library(
        tmp_path / "root" / SITE / "torch_neuronx/lib/libtorchneuron.so",
        calls=("nrt_init", "nrt_tensor_copy"),
        against=[newer],
    )
    host = open_host(tmp_path / "root")
    found = collect_runtime_libraries(host)
    assert isinstance(found, tuple)
    (runtime,) = found
    (extension,) = collect(host)

    assert isinstance(runtime, RuntimeLibrary)
    assert isinstance(runtime.exports, tuple)
    assert isinstance(extension.runtime_symbols, tuple)
    assert ("NRT_2.0.0", "NRT_3.0.0") == runtime.symbol_versions
    assert {"nrt_tensor_copy@NRT_2.0.0"} == set(extension.runtime_symbols) - set(runtime.exports)


def test_one_that_could_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """It may use the runtime: it stands among the others, with the reason in what it would have said."""
    host = make_host(
        {
            **CONFIG,
            f"{SITE}/libneuronxla/libneuronpjrt.so": TORCH,
            f"{SITE}/torch_neuronx/lib/libtorchneuron.so": TORCH[:100],
            f"{SITE}/torch_neuronx/lib/directory.so/file": "",
        },
        {f"{SITE}/torch_neuronx/lib/gone.so": "nowhere"},
    )
    Path(host.root, SITE, "libneuronxla/libneuronpjrt.so").chmod(0)
    with another_user():
        secret, damaged = collect(host)

    assert (len(TORCH), PERMISSION, PERMISSION) == (secret.size, secret.needed, secret.runtime_symbols)
    assert Unread("cut short: program header ends at 176, the file at 100") == damaged.needed_glibc


def test_no_environment(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A captured tree without environments has not collected them; the live machine was searched."""
    assert NOT_COLLECTED == collect_extension_libraries(make_host({"etc/os-release": ""}))
    assert () == collect_live("extension_libraries", "collect_extension_libraries")


def test_packages_that_were_not_collected(make_host: MakeHost) -> None:
    """What pip wrote of a package says nothing of its libraries; the package's own directory does."""
    installed = {**CONFIG, f"{SITE}/torch_neuronx-2.9.0.dist-info/METADATA": "Name: torch-neuronx\n"}

    assert NOT_COLLECTED == collect_extension_libraries(make_host(installed))
    assert () == collect_extension_libraries(make_host({f"{SITE}/torch_neuronx/__init__.py": ""}))


def test_redaction_of_what_is_in_homes() -> None:
    """Not only its own path tells who built or installed a library."""
    library = ExtensionLibrary(
        path="/home/alice/venv/lib/libtorchneuron.so", environment="/home/alice/venv", search_path=("/home/alice/lib",)
    )
    redacted = redact(Inventory(extension_libraries=(library,)), key=b"k" * 16)

    assert "alice" not in repr(redacted)
    assert redacted == redact(redacted, key=b"k" * 16)
