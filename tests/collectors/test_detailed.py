from __future__ import annotations

from tests.stand_in_library import elf_library

from neuron_collectors.detailed import DETAILED_COLLECTORS
from neuron_collectors.facts import NOT_COLLECTED, ExtensionLibrary
from neuron_collectors.inventory import COLLECTORS, take_inventory
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

from .conftest import MakeHost

VENV = "opt/aws_neuronx_venv_pytorch_2_9"
EXTENSION = f"{VENV}/lib/python3.10/site-packages/torch_neuronx/lib/libtorchneuron.so"


def test_what_is_inside_of_libraries(make_host: MakeHost) -> None:
    """The same facts as ever, and those that take longer; a snapshot holds them all."""
    library = elf_library(exports={"nrt_init": 2})
    host = make_host(
        {
            "opt/aws/neuron/lib/libnrt.so.2.31.23.0": library,
            EXTENSION: library,
            f"{VENV}/pyvenv.cfg": "version = 3.10.1",
        }
    )
    plain, detailed = take_inventory(host), take_inventory(host, collectors=DETAILED_COLLECTORS)
    assert isinstance(plain.runtime_libraries, tuple)
    assert isinstance(detailed.runtime_libraries, tuple)
    assert isinstance(detailed.extension_libraries, tuple)

    assert set(COLLECTORS) | {"extension_libraries"} == set(DETAILED_COLLECTORS)
    assert (NOT_COLLECTED, NOT_COLLECTED) == (plain.runtime_libraries[0].soname, plain.extension_libraries)
    assert "libnrt.so.1" == detailed.runtime_libraries[0].soname
    assert [f"/{EXTENSION}"] == [extension.path for extension in detailed.extension_libraries]
    assert all(isinstance(extension, ExtensionLibrary) for extension in detailed.extension_libraries)
    assert detailed == loads_inventory(dumps_inventory(detailed))
