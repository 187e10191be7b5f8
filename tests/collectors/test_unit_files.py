from __future__ import annotations

import pytest

from neuron_collectors.unit_files import parse_library_path, read_service_directories

from .conftest import MakeHost

SERVICE = """[Unit]
Description=Inference

[Service]
Environment=NEURON_RT_NUM_CORES=2 "LD_LIBRARY_PATH=/opt/aws/neuron/lib:/opt/amazon/efa/lib64"
ExecStart=/opt/aws_neuronx_venv_pytorch_2_9/bin/python serve.py
"""


@pytest.mark.parametrize(
    ("text", "directories"),
    [
        ("", ()),
        (SERVICE, ("/opt/aws/neuron/lib", "/opt/amazon/efa/lib64")),
        ("Environment=LD_LIBRARY_PATH=/opt/aws/neuron/lib\n", ("/opt/aws/neuron/lib",)),
        (" Environment = 'LD_LIBRARY_PATH=/opt/aws/neuron/lib' \n", ("/opt/aws/neuron/lib",)),
        ("Environment=\\\n  A=1 \\\n  LD_LIBRARY_PATH=/neuron\n", ("/neuron",)),
        ("# neuron\nEnvironment=LD_LIBRARY_PATH=:/a::relative:%h/lib:$HOME/lib:/a\n", ("/a",)),
        ("# neuron\nEnvironment=LD_LIBRARY_PATH=/a\nEnvironment=LD_LIBRARY_PATH=/b\n", ("/a", "/b")),
        ("# neuron\n#Environment=LD_LIBRARY_PATH=/a\nEnvironmentFile=LD_LIBRARY_PATH=/b\n", ()),
        ("# neuron\nEnvironment=MY_LD_LIBRARY_PATH=/a\n", ()),
        ("Environment=LD_LIBRARY_PATH=/usr/lib/cuda\n", ()),
        ("neuron" + "\n" * 60_000 + "LD_LIBRARY_PATH=", ()),
    ],
)
def test_directories_of_a_unit(text: str, directories: tuple[str, ...]) -> None:
    """What LD_LIBRARY_PATH names, quoted or not, in a unit that has to do with Neuron."""
    assert directories == parse_library_path(text)


def test_units_and_what_overrides_them(make_host: MakeHost) -> None:
    """Services of the administrator and of packages are read, and the settings that were added to them."""
    host = make_host(
        {
            "etc/systemd/system/inference.service": SERVICE,
            "etc/systemd/system/inference.service.d/override.conf": "Environment=LD_LIBRARY_PATH=/srv/neuron\n",
            "etc/systemd/system/inference.service.d/note.txt": "Environment=LD_LIBRARY_PATH=/not/neuron\n",
            "etc/systemd/system/inference.timer": SERVICE,
            "usr/lib/systemd/system/monitor.service": "Environment=LD_LIBRARY_PATH=/opt/aws/neuron/lib\n",
        }
    )

    assert [
        ("opt/aws/neuron/lib", "/etc/systemd/system/inference.service"),
        ("opt/amazon/efa/lib64", "/etc/systemd/system/inference.service"),
        ("srv/neuron", "/etc/systemd/system/inference.service.d/override.conf"),
        ("opt/aws/neuron/lib", "/usr/lib/systemd/system/monitor.service"),
    ] == list(read_service_directories(host))
