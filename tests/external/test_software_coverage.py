"""
Package lists and file lists of real hosts, against what a person reads in them; and that no such sample is left out.

No collector reads what ``pip list`` or ``dpkg -l`` print. Here these lists are the ground truth: the database is made
that such a list would be printed from, and read.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.dkms import collect_dkms
from neuron_collectors.facts import Dkms, OsPackages, RuntimeLibrary
from neuron_collectors.host import Host
from neuron_collectors.libraries import collect_runtime_libraries
from neuron_collectors.os_packages import collect_os_packages
from neuron_collectors.python_environments import collect_python_environments
from neuron_validator.catalog import load_catalog
from neuron_validator.releases import identify

pytestmark = pytest.mark.external

SOFTWARE = re.compile(
    r"pip-list|dpkg|rpm-|apt-list|ls-opt-|opt-|neuronx-cc-version|license-paths|nrt-|neff/[^/]+\.(neff|bin)"
)

# Sample -> packages, and the SDK release that its source names; builds that are no release have none. Read by eye.
OS_PACKAGES: Mapping[str, tuple[Mapping[str, str], str | None]] = {
    "dpkg-l-trn1.32xlarge-sdk2.28.txt": (
        {
            "aws-neuronx-collectives": "2.30.58.0",
            "aws-neuronx-dkms": "2.26.5.0",
            "aws-neuronx-runtime-lib": "2.30.50.0",
            "aws-neuronx-tools": "2.28.11.0",
        },
        "2.28.0",
    ),
    "apt-list-hyperpod-sdk2.21.txt": (
        {
            "aws-neuronx-collectives": "2.23.135.0-3e70920f2",
            "aws-neuronx-dkms": "2.19.64.0",
            "aws-neuronx-runtime-lib": "2.23.112.0-9b5179492",
            "aws-neuronx-tools": "2.20.204.0",
        },
        "2.21.1",
    ),
    "dpkg-internal-dev-builds.txt": (
        {
            "aws-neuronx-collectives": "2.x.31306.0-76169865b",
            "aws-neuronx-dkms": "2.x.4989.0",
            "aws-neuronx-runtime-lib": "2.x.30590.0-2bd2ab0ac",
            "aws-neuronx-tools": "2.0.15684.0",
        },
        None,
    ),
}
ROW = re.compile(
    r"ii  (?P<name>\S+) +(?P<version>\S+) +(?:amd64|all) .*"
    r"|(?P<listed>[^/]+)/\S+ (?P<its>\S+) amd64.*"
    r"|(?P<file>aws-[a-z-]+)[-_](?P<built>\d[^_]*?)(?:_amd64)?\.deb"
)

PIP_LIST = "pip-list-trn1-sdk2.28.txt"
PIP_PACKAGES = {
    "libneuronxla": "2.9.315.0",
    "neuronx-cc": "2.22.12471.0",
    "neuronx-distributed": "0.16.25997",
    "torch-neuronx": "2.9.0.2.11.0",
}

ENVIRONMENTS = "ls-opt-venvs-dlami-20260227.txt"
ENVIRONMENT_PATHS = [
    "/opt/aws_neuronx_venv_jax_0_7",
    "/opt/aws_neuronx_venv_pytorch_2_8",
    "/opt/aws_neuronx_venv_pytorch_2_8_nxd_inference",
    "/opt/aws_neuronx_venv_pytorch_2_8_nxd_training",
]

COMPILER = "neuronx-cc-version-2.27.txt"
LICENCES = "license-paths-driver2.7.33.txt"

# Package -> the runtime libraries in it: name, version in the file's name.
FILE_LISTS: Mapping[str, list[tuple[str, str | None]]] = {
    "rpm-ql-aws-neuron-tools-2.1.4.0.txt": [("libnrt", "2.7.28.0")],
    "rpm-ql-aws-neuronx-runtime-lib-2.29.40.0.txt": [("libncfw", None), ("libnrt", "2.29.40.0")],
    "rpm-ql-aws-neuronx-collectives-2.29.41.0.txt": [("libnccom", "2.29.41")],
    "rpm-ql-aws-neuron-runtime-1.6.24.0.txt": [],
    "rpm-ql-aws-neuron-runtime-base-1.6.21.0.txt": [],
    "rpm-ql-aws-neuronx-gpsimd-tools-0.19.1.0.txt": [],
    "rpm-ql-aws-neuronx-k8-plugin-2.29.16.0.txt": [],
    "rpm-ql-aws-neuronx-oci-hook-2.13.52.0.txt": [],
}

NEVRA = "rpm-nevra-all-yum-repo.txt"
NEVRA_LINES = {
    "aws-neuronx-runtime-lib-2.29.40.0_f954cd7a5-1.x86_64": ("aws-neuronx-runtime-lib", "2.29.40.0_f954cd7a5-1"),
    "aws-neuronx-dkms-2.25.4.0-dkms.noarch": ("aws-neuronx-dkms", "2.25.4.0-dkms"),
    "tensorflow-model-server-neuron-1.15.0.1.0.749.0-0.x86_64": (
        "tensorflow-model-server-neuron",
        "1.15.0.1.0.749.0-0",
    ),
}

USED_SAMPLES: frozenset[str] = frozenset((*OS_PACKAGES, PIP_LIST, ENVIRONMENTS, COMPILER, LICENCES, *FILE_LISTS, NEVRA))


def read(shared: Path, name: str) -> str:
    """Return the text of a sample."""
    return (shared / "samples" / name).read_text(encoding="utf-8")


def write(root: Path, path: str, text: str = "") -> None:
    """Write a file below *root*, and the directories that it needs."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_every_sample_is_used(shared: Path) -> None:
    """Every sample of the software's side has a test with what a person read in it, here or in another module."""
    modules = [
        importlib.import_module(f"tests.external.{path.stem}") for path in Path(__file__).parent.glob("test_*.py")
    ]
    used = frozenset[str]().union(*(getattr(module, "USED_SAMPLES", ()) for module in modules))
    samples = shared / "samples"
    names = {str(path.relative_to(samples)) for path in samples.rglob("*") if path.is_file()}

    assert set() == {name for name in names if SOFTWARE.match(name)} - used
    assert USED_SAMPLES <= names


@pytest.mark.parametrize("name", OS_PACKAGES)
def test_packages_of_the_system(shared: Path, tmp_path: Path, name: str) -> None:
    """What dpkg or apt listed is collected from a database with these rows, and identified as its source says."""
    expected, release = OS_PACKAGES[name]
    rows = [found for line in read(shared, name).splitlines() if (found := ROW.fullmatch(line.strip()))]
    stanzas = []
    for row in rows:
        package = row["name"] or row["listed"] or row["file"]
        version = row["version"] or row["its"] or row["built"]
        stanzas.append(f"Package: {package}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n")
    write(tmp_path, "var/lib/dpkg/status", "\n".join(stanzas))
    packages = collect_os_packages(Host(tmp_path))

    assert isinstance(packages, OsPackages)
    assert expected == packages.versions
    assert ((release,) if release else ()) == identify(expected.items(), load_catalog()).releases


def test_packages_of_an_environment(shared: Path, tmp_path: Path) -> None:
    """
    What pip listed is collected from an environment with these packages.

    Its source says SDK 2.28.0, of which the host's packages are; compiler and neuronx-distributed are those of 2.27. No
    list of AWS's has this libneuronxla, nor this torch-neuronx: the first is newer than every 2.x that is known.
    """
    site_packages = "opt/env/lib/python3.10/site-packages"
    write(tmp_path, "opt/env/pyvenv.cfg", "version = 3.10.12\n")
    for line in read(shared, PIP_LIST).splitlines():
        name, version = line.split()
        write(tmp_path, f"{site_packages}/{name.replace('-', '_')}-{version}.dist-info/METADATA", f"Name: {name}\n")
    environments = collect_python_environments(Host(tmp_path))

    assert isinstance(environments, tuple)
    assert [PIP_PACKAGES] == [environment.packages for environment in environments]
    identification = identify(PIP_PACKAGES.items(), load_catalog())
    assert ("newer-than-catalog", ("2.27.0", "2.27.1")) == (identification.match, identification.releases)


def test_environments_of_an_image(shared: Path, tmp_path: Path) -> None:
    """The environments of AWS's image are found by their names in ``/opt``."""
    for line in read(shared, ENVIRONMENTS).splitlines():
        if line.startswith("/opt/"):
            write(tmp_path, f"{line[1:]}/pyvenv.cfg", "version = 3.10.12\n")
            write(tmp_path, f"{line[1:]}/lib/python3.10/site-packages/pip-24.0.dist-info/METADATA", "Name: pip\n")
    environments = collect_python_environments(Host(tmp_path))

    assert isinstance(environments, tuple)
    assert ENVIRONMENT_PATHS == [environment.path for environment in environments]


def test_the_compilers_version(shared: Path, tmp_path: Path) -> None:
    """What the compiler prints as its version is that of its package, and of the SDK that its source names."""
    version = "2.27.5334.0+f702b353"
    place = f"opt/env/lib/python3.13/site-packages/neuronx_cc-{version}.dist-info/METADATA"
    write(tmp_path, "opt/env/pyvenv.cfg", "version = 3.13.7\n")
    write(tmp_path, place, "Name: neuronx-cc\n")
    environments = collect_python_environments(Host(tmp_path))

    assert f"NeuronX Compiler version {version}" == read(shared, COMPILER).splitlines()[0]
    assert isinstance(environments, tuple)
    assert [{"neuronx-cc": version}] == [environment.packages for environment in environments]
    assert {"neuronx-cc": "not the public index"} == environments[0].origins
    assert "2.32.0" in identify([("neuronx-cc", version)], load_catalog()).releases


def test_the_drivers_source(shared: Path, tmp_path: Path) -> None:
    """The licence of the driver lies in its source tree; those of the other packages do not."""
    for line in read(shared, LICENCES).splitlines():
        write(tmp_path, line[1:])
    write(tmp_path, "usr/src/aws-neuronx-2.7.33.0/dkms.conf", 'PACKAGE_NAME="aws-neuronx"\n')
    found = collect_dkms(Host(tmp_path))

    assert isinstance(found, Dkms)
    assert ("/usr/src/aws-neuronx-2.7.33.0",) == found.source_trees


@pytest.mark.parametrize("name", FILE_LISTS)
def test_libraries_of_a_package(shared: Path, tmp_path: Path, name: str) -> None:
    """The runtime's libraries are found where a package puts them, and nothing else of the package is one."""
    for line in read(shared, name).splitlines():
        if not line.endswith("/"):
            write(tmp_path, line[1:])
    (tmp_path / "opt/aws/neuron/lib").mkdir(parents=True, exist_ok=True)
    for stem in ("libnrt.so", "libnccom.so"):
        link_to_newest(tmp_path / "opt/aws/neuron/lib", stem)
    libraries = collect_runtime_libraries(Host(tmp_path))

    assert isinstance(libraries, tuple)
    assert FILE_LISTS[name] == sorted(named(library) for library in libraries)


def link_to_newest(directory: Path, stem: str) -> None:
    """Make links of the short names of a library, as the package does; the list shows no difference."""
    names = sorted((path.name for path in directory.glob(f"{stem}*")), key=len)
    for name in names[:-1]:
        (directory / name).unlink()
        (directory / name).symlink_to(names[-1])


def named(library: RuntimeLibrary) -> tuple[str, str | None]:
    """Return name and version, both of which have to be known."""
    assert isinstance(library.name, str)
    assert library.version is None or isinstance(library.version, str)
    return library.name, library.version


def test_every_package_that_rpm_can_list(shared: Path, tmp_path: Path) -> None:
    """What the repository ever had is read one by one from rpm's output, with its version as rpm prints it."""
    listed = read(shared, NEVRA).split()
    found: dict[str, tuple[str, str]] = {}
    for nevra in (line for line in listed if not line.endswith(".src")):
        name, version, release = nevra.rpartition(".")[0].rsplit("-", 2)
        write(tmp_path, ".commands/out", f"{name}\t(none)\t{version}-{release}\t{nevra.rpartition('.')[2]}\n")
        write(
            tmp_path,
            ".commands/index.json",
            r'[{"argv": ["/usr/bin/rpm", "-qa", "--queryformat", '
            r'"%{NAME}\\t%{EPOCH}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n"], "returncode": 0, "stdout": "out"}]',
        )
        packages = collect_os_packages(open_host(tmp_path))
        assert isinstance(packages, OsPackages), nevra
        ((package, its_version),) = packages.versions.items()
        assert isinstance(its_version, str)
        found[nevra] = (package, its_version)

    assert 538 == len(listed)
    assert NEVRA_LINES == {nevra: found[nevra] for nevra in NEVRA_LINES}
