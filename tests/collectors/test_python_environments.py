from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, PythonEnvironment, Reading, Unread
from neuron_collectors.host import Host
from neuron_collectors.python_environments import collect_python_environments
from neuron_collectors.python_locations import parse_conda_environments, parse_conda_python, parse_pyvenv

from .conftest import AnotherUser, CollectLive, MakeHost

TORCH_NEURONX = """\
Metadata-Version: 2.1
Name: torch-neuronx
Version: 2.9.0.2.11.19912+e48cd891
Requires-Python: >=3.10
Requires-Dist: torch==2.9.*
"""


def packages(directory: str, **versions: str) -> Mapping[str, str]:
    """Return the records of packages in *directory*."""
    return {
        f"{directory}/{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        for name, version in versions.items()
    }


def venv(path: str, python: str = "3.10", settings: str = "version = 3.10.12\n", **versions: str) -> Mapping[str, str]:
    """Return a virtual environment."""
    site_packages = f"{path}/lib/python{python}/site-packages"
    return {
        f"{path}/pyvenv.cfg": f"home = /usr/bin\n{settings}",
        **packages(site_packages, **(versions or {"pip": "24"})),
    }


def conda(path: str, python: str = "3.11", **versions: str) -> Mapping[str, str]:
    """Return a conda environment."""
    site_packages = f"{path}/lib/python{python}/site-packages"
    return {
        f"{path}/conda-meta/python-{python}.9-hb806964_0_cpython.json": "{}",
        f"{path}/conda-meta/python-dateutil-2.9.0-pyhd8ed1ab_0.json": "{}",
        **packages(site_packages, **(versions or {"pip": "24"})),
    }


def collect(host: Host) -> Mapping[str, PythonEnvironment]:
    """Return the environments by path."""
    environments = collect_python_environments(host)
    assert isinstance(environments, tuple)
    found = {environment.path: environment for environment in environments}
    assert len(found) == len(environments)
    assert sorted(found) == list(found)
    return found


def test_an_environment(make_host: MakeHost) -> None:
    """What is installed by folded name, and of what bears on Neuron what it needs."""
    place = "opt/aws_neuronx_venv_pytorch_2_9"
    host = make_host(
        {
            **venv(place, torch="2.9.1", Numpy_Financial="1.0.0"),
            f"{place}/lib/python3.10/site-packages/torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info/METADATA": (
                TORCH_NEURONX
            ),
        }
    )

    assert (
        PythonEnvironment(
            path="/opt/aws_neuronx_venv_pytorch_2_9",
            python="3.10.12",
            kind="venv",
            packages={
                "torch": "2.9.1",
                "numpy-financial": "1.0.0",
                "torch-neuronx": "2.9.0.2.11.19912+e48cd891",
            },
            requires={"torch-neuronx": ("torch==2.9.*",)},
            requires_python={"torch-neuronx": ">=3.10"},
            origins={"torch-neuronx": "not the public index"},
        ),
    ) == collect_python_environments(host)


@pytest.mark.parametrize(
    "path",
    [
        "opt/aws_neuron_venv_pytorch",
        "opt/pytorch",
        "home/ubuntu/aws_neuron_venv_pytorch",
        "home/ubuntu/.venv",
        "home/ubuntu/project/.venv",
        "home/ubuntu/project/venv",
        "root/env",
    ],
)
def test_where_virtual_environments_are(make_host: MakeHost, path: str) -> None:
    """In ``/opt``, in a home directory, and in a project there."""
    found = collect(make_host(venv(path)))

    assert [f"/{path}"] == list(found)
    assert ("venv", "3.10.12") == (found[f"/{path}"].kind, found[f"/{path}"].python)


def test_where_conda_environments_are(make_host: MakeHost) -> None:
    """The base environment, those below it, and those that the user's list names."""
    host = make_host(
        {
            **conda("opt/conda"),
            **conda("opt/conda/envs/aws_neuronx", python="3.10"),
            **conda("home/ubuntu/miniconda3"),
            **conda("root/.miniforge3"),
            **conda("data/envs/serving"),
            "home/ubuntu/.conda/environments.txt": "/home/ubuntu/miniconda3\n/data/envs/serving\n/gone\n",
        }
    )
    found = collect(host)

    assert [
        "/data/envs/serving",
        "/home/ubuntu/miniconda3",
        "/opt/conda",
        "/opt/conda/envs/aws_neuronx",
        "/root/.miniforge3",
    ] == list(found)
    assert ("conda", "3.10.9") == (
        found["/opt/conda/envs/aws_neuronx"].kind,
        found["/opt/conda/envs/aws_neuronx"].python,
    )


def test_what_tools_keep_in_a_home(make_host: MakeHost) -> None:
    """Interpreters of pyenv and uv, the environments of pyenv-virtualenv, and those of uv's tools."""
    pyenv, uv = "home/ubuntu/.pyenv/versions", "home/ubuntu/.local/share/uv"
    host = make_host(
        {
            **packages(f"{pyenv}/3.10.14/lib/python3.10/site-packages", torch="2.9.1"),
            **venv(f"{pyenv}/3.10.14/envs/serving"),
            **packages(f"{uv}/python/cpython-3.12.7-linux-x86_64-gnu/lib/python3.12/site-packages", pip="24"),
            **venv(f"{uv}/tools/optimum-neuron", python="3.12", settings="version_info = 3.12.7\n"),
            **conda(f"{pyenv}/miniconda3-latest"),
        },
        {f"{pyenv}/serving": "3.10.14/envs/serving", f"{pyenv}/3.10": "3.10.14"},
    )

    assert {
        f"/{uv}/python/cpython-3.12.7-linux-x86_64-gnu": ("uv", "3.12.7"),
        f"/{uv}/tools/optimum-neuron": ("venv", "3.12.7"),
        f"/{pyenv}/3.10.14": ("pyenv", "3.10"),
        f"/{pyenv}/3.10.14/envs/serving": ("venv", "3.10.12"),
        f"/{pyenv}/miniconda3-latest": ("conda", "3.11.9"),
    } == {path: (found.kind, found.python) for path, found in collect(host).items()}


def test_where_packages_came_from(make_host: MakeHost) -> None:
    """Who installed what bears on Neuron, and from where, as far as files tell; credentials are not kept."""
    place = "opt/env/lib/python3.10/site-packages"
    wrong = "WRONG PACKAGE. Please install the package from Neuron Repository"
    host = make_host(
        {
            **venv("opt/env", numpy="1.26.4"),
            f"{place}/torch_neuronx-2.9.0+e48cd891.dist-info/METADATA": "Name: torch-neuronx\n",
            f"{place}/torch_neuronx-2.9.0+e48cd891.dist-info/INSTALLER": "pip\n",
            f"{place}/neuronx_cc-1.0.dist-info/METADATA": f"Name: neuronx-cc\n\n{wrong}\n",
            f"{place}/neuronx_cc-1.0.dist-info/INSTALLER": "uv",
            f"{place}/nki-0.1+x.dist-info/METADATA": "Name: nki\n",
            f"{place}/nki-0.1+x.dist-info/direct_url.json": '{"url": "https://me:secret@host/a/nki.whl?token=1#x"}',
            f"{place}/torch-2.9.1.dist-info/METADATA": "Name: torch\n",
            f"{place}/vllm_neuron-0.2.dist-info/METADATA": "Name: vllm-neuron\n",
            f"{place}/vllm_neuron-0.2.dist-info/direct_url.json": (
                '{"url": "file:///src", "dir_info": {"editable": true}}'
            ),
            f"{place}/nkipy-0.1+x.dist-info/METADATA": "Name: nkipy\n",
            f"{place}/nkipy-0.1+x.dist-info/direct_url.json": "[]",
            f"{place}/__editable__.neuronx_distributed-0.15.0.pth": "/src",
            f"{place}/numpy-1.26.4.dist-info/INSTALLER": "pip",
        }
    )
    found = collect(host)["/opt/env"]

    assert {"torch-neuronx": "pip", "neuronx-cc": "uv"} == found.installers
    assert {
        "nki": "https://host/a/nki.whl",
        "vllm-neuron": "file:///src",
        "nkipy": Unread("direct_url.json: not an object: an array"),
    } == found.direct_urls
    assert {
        "torch-neuronx": "not the public index",
        "neuronx-cc": "public index",
        "nki": "url",
        "vllm-neuron": "url",
    } == found.origins
    assert ("neuronx-distributed", "vllm-neuron") == found.editable


def test_a_hundred_thousand_packages(make_host: MakeHost) -> None:
    """They take a second or two and 64 MiB, and what does not bear on Neuron is not opened."""
    host = make_host(venv("opt/env"))
    site_packages = Path(host.root, "opt/env/lib/python3.10/site-packages")
    for number in range(100_000):
        (site_packages / f"package_{number}-1.0.dist-info").touch()  # a file, which is removed faster: names count
    start = time.monotonic()
    found = collect(host)["/opt/env"]
    elapsed = time.monotonic() - start
    tracemalloc.start()
    try:
        collect(host)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert 100_001 == len(found.packages)
    assert elapsed < 10
    assert peak < 64 << 20


def test_links_that_go_in_circles(make_host: MakeHost) -> None:
    """Neither a loop nor a link to the root, in any of the places, is followed for long."""
    host = make_host(
        venv("opt/env"),
        {
            "opt/loop": "loop",
            "opt/root": "/",
            "home/a": "../home/b",
            "home/b": "a",
            "home/c/self": "..",
            "home/c/.pyenv": "versions",
            "home/c/versions": ".pyenv",
            "home/c/.local/share/uv/python/x": ".",
            "opt/env/lib/python3.10/site-packages/up": "../../../..",
            "usr/lib/python3.10": "python3.11",
            "usr/lib/python3.11": "python3.10",
        },
    )

    assert "/opt/env" in collect(host)


def test_an_environment_behind_links_counts_once(make_host: MakeHost) -> None:
    """By its real path, however it is reached: a link in ``/opt``, a linked home, ``lib64``."""
    host = make_host(
        venv("opt/aws_neuronx_venv_pytorch_2_9"),
        {
            "opt/pytorch": "/opt/aws_neuronx_venv_pytorch_2_9",
            "home/ubuntu": "../opt",
            "opt/aws_neuronx_venv_pytorch_2_9/lib64": "lib",
        },
    )

    assert ["/opt/aws_neuronx_venv_pytorch_2_9"] == list(collect(host))


def test_both_library_directories_count(make_host: MakeHost) -> None:
    """Where ``lib64`` is a directory of its own, compiled packages are there."""
    files = {**venv("opt/env", pip="24"), **packages("opt/env/lib64/python3.10/site-packages", torch="2.9.1")}

    assert {"pip": "24", "torch": "2.9.1"} == collect(make_host(files))["/opt/env"].packages


@pytest.mark.parametrize(
    ("settings", "python"),
    [
        ("version = 3.10.12\n", "3.10.12"),
        ("version_info = 3.10.12.final.0\n", "3.10.12"),
        ("VERSION=3.10.4\r\n", "3.10.4"),
        ("version = \nversion_info = 3.10.9\n", "3.10.9"),
        ("version = unknown\n", "3.10"),
        ("\0\0 = \0\n=\n", "3.10"),
        ("", "3.10"),
    ],
)
def test_the_interpreters_version(make_host: MakeHost, settings: str, python: str) -> None:
    """As venv, virtualenv and uv note it, or the name of the library directory where nobody did."""
    assert python == collect(make_host(venv("opt/env", settings=settings)))["/opt/env"].python


def test_an_environment_that_changed_its_interpreter(make_host: MakeHost) -> None:
    """Only the library of the version in use is imported from."""
    files = {**venv("opt/env", torch="2.9.1"), **packages("opt/env/lib/python3.8/site-packages", torch="1.13.1")}

    assert {"torch": "2.9.1"} == collect(make_host(files))["/opt/env"].packages


def test_an_environment_that_sees_the_systems_packages(make_host: MakeHost) -> None:
    """What it lacks may be there all the same."""
    settings = "version = 3.10.12\ninclude-system-site-packages = true\n"
    found = collect(make_host(venv("opt/env", settings=settings)))["/opt/env"]

    assert found.partial
    assert isinstance(found.version("torch"), Unread)


def test_an_environment_without_packages_is_not_listed(make_host: MakeHost) -> None:
    """Made without pip, or with nothing in it at all."""
    host = make_host(
        {
            "opt/empty/pyvenv.cfg": "version = 3.10.12\n",
            "opt/bare/pyvenv.cfg": "version = 3.10.12\n",
            "opt/bare/lib/python3.10/site-packages": None,
            "opt/aws/neuron/lib/libnrt.so.1": "",
        }
    )

    assert {} == collect(host)


def test_debians_own_interpreter(make_host: MakeHost) -> None:
    """It imports from ``/usr/local`` before the packages that Debian has for every version."""
    host = make_host(
        {
            **packages("usr/lib/python3/dist-packages", six="1.16.0", torch="1.0"),
            **packages("usr/local/lib/python3.10/dist-packages", torch="2.9.1"),
            "usr/lib/python3.10/os.py": "",
        },
        {"usr/bin/python3": "python3.10"},
    )

    assert (
        PythonEnvironment(
            path="/usr/lib/python3.10", python="3.10", kind="system", packages={"six": "1.16.0", "torch": "2.9.1"}
        ),
    ) == collect_python_environments(host)


def test_several_interpreters_of_debian(make_host: MakeHost) -> None:
    """Debian's packages are counted for the default interpreter alone."""
    files = {
        **packages("usr/lib/python3/dist-packages", six="1.16.0"),
        **packages("usr/local/lib/python3.12/dist-packages", torch="2.9.1"),
        "usr/lib/python3.10/os.py": "",
        "usr/lib/python3.12/os.py": "",
    }
    found = collect(make_host(files, {"usr/bin/python3": "/usr/bin/python3.10"}))

    assert {"/usr/lib/python3.10": {"six": "1.16.0"}, "/usr/lib/python3.12": {"torch": "2.9.1"}} == {
        path: environment.packages for path, environment in found.items()
    }


def test_debians_packages_without_an_interpreter(make_host: MakeHost) -> None:
    """A tree that holds the packages only does not say which interpreter imports them."""
    found = collect(make_host(packages("usr/lib/python3/dist-packages", torch="2.9.1")))

    assert {"/usr/lib/python3": NOT_COLLECTED} == {path: environment.python for path, environment in found.items()}


def test_amazon_linux(make_host: MakeHost) -> None:
    """One interpreter imports from ``lib`` and ``lib64``, below ``/usr`` and ``/usr/local``."""
    host = make_host(
        {
            **packages("usr/lib/python3.9/site-packages", pip="21.3.1"),
            **packages("usr/lib64/python3.9/site-packages", PyYAML="5.4.1"),
            **packages("usr/local/lib/python3.9/site-packages", neuronx_cc="2.21.1"),
            **packages("usr/local/lib64/python3.9/site-packages", torch="2.8.0"),
            **packages("usr/local/lib/python3.11/site-packages", pip="24"),
        }
    )
    found = collect(host)

    assert ["/usr/lib/python3.9", "/usr/local/lib/python3.11"] == list(found)
    assert {"pip", "pyyaml", "neuronx-cc", "torch"} == set(found["/usr/lib/python3.9"].packages)


def test_an_interpreter_in_usr_local(make_host: MakeHost) -> None:
    """A container image of Python keeps its packages apart from the distribution's interpreter of that version."""
    host = make_host(
        {
            **packages("usr/local/lib/python3.11/site-packages", torch="2.9.1"),
            "usr/local/lib/python3.11/os.py": "",
            **packages("usr/lib/python3/dist-packages", six="1.16.0"),
            "usr/lib/python3.11/os.py": "",
        }
    )
    found = collect(host)

    assert {"/usr/lib/python3.11": {"six": "1.16.0"}, "/usr/local/lib/python3.11": {"torch": "2.9.1"}} == {
        path: environment.packages for path, environment in found.items()
    }


def test_a_users_own_packages(make_host: MakeHost) -> None:
    """They are only a part of what the interpreter imports."""
    host = make_host(packages("home/ubuntu/.local/lib/python3.10/site-packages", torch="2.9.1"))
    found = collect(host)["/home/ubuntu/.local/lib/python3.10"]

    assert ("user", "3.10", True, "2.9.1") == (found.kind, found.python, found.partial, found.version("torch"))


def test_a_broken_package(make_host: MakeHost) -> None:
    """A record without metadata is neither installed nor absent; other people's packages are not opened."""
    place = "opt/env/lib/python3.10/site-packages"
    host = make_host(
        {
            **venv("opt/env"),
            f"{place}/torch_neuronx-2.9.0.dist-info/RECORD": "",
            f"{place}/neuronx_cc-2.21.0.dist-info/METADATA": "\0\0",
            f"{place}/numpy-1.26.4.dist-info/RECORD": "",
            f"{place}/~orch_neuronx-2.8.0.dist-info/METADATA": "Name: torch-neuronx\n",
        }
    )
    found = collect(host)["/opt/env"]

    assert (
        "neuronx_cc-2.21.0.dist-info",
        "torch_neuronx-2.9.0.dist-info",
        "~orch_neuronx-2.8.0.dist-info",
    ) == found.broken
    assert Unread("no readable metadata") == found.version("torch-neuronx")
    assert "1.26.4" == found.version("numpy")
    assert found.version("jax") is None


def test_placeholders(make_host: MakeHost) -> None:
    """A package from the public index is installed by name, and known for what it is."""
    wrong = "WRONG PACKAGE. Please install the package from Neuron Repository - pip.repos.neuron.amazonaws.com"
    place = "opt/env/lib/python3.10/site-packages"
    host = make_host(
        {
            **venv("opt/env", torch="2.9.1"),
            f"{place}/neuronx_cc-1.0.post1.dist-info/METADATA": f"Name: neuronx-cc\n\n{wrong}\n",
            f"{place}/jokes-1.0.dist-info/METADATA": f"Name: jokes\n\n{wrong}\n",
        }
    )
    found = collect(host)["/opt/env"]

    assert ("neuronx-cc",) == found.placeholders
    assert "1.0.post1" == found.version("neuronx-cc")


def test_what_a_user_keeps_private(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A home that may not be entered stands in the list, and costs no other; nobody looks into hidden places."""
    host = make_host(
        {
            **venv("opt/env"),
            **venv("home/alice/env"),
            **venv("home/bob/env"),
            "home/bob/.ssh/key": "",
            "home/bob/private/x": "",
            "home/lost+found": None,
        }
    )
    for private in ("home/alice", "home/bob/.ssh", "home/bob/private", "home/lost+found"):
        Path(host.root, private).chmod(0)

    with another_user():
        found = collect(host)

    assert ["/home/alice", "/home/bob/env", "/home/bob/private", "/opt/env"] == list(found)
    assert (
        PythonEnvironment(path="/home/alice", python=PERMISSION, kind=PERMISSION, partial=True) == found["/home/alice"]
    )


@pytest.mark.parametrize(
    ("private", "path"),
    [
        ("opt/env", "/opt/env"),
        ("opt/env/lib", "/opt/env/lib"),
        ("opt/env/lib/python3.10", "/opt/env"),
        ("opt/env/lib/python3.10/site-packages", "/opt/env"),
    ],
)
def test_a_part_that_is_private(make_host: MakeHost, another_user: AnotherUser, private: str, path: str) -> None:
    """Whatever part of an environment may not be read, the environment does not vanish."""
    host = make_host(venv("opt/env"))
    Path(host.root, private).chmod(0)

    with another_user():
        found = collect(host)

    assert {path: PERMISSION} == {path: environment.kind for path, environment in found.items()}


def test_settings_that_are_private(make_host: MakeHost, another_user: AnotherUser) -> None:
    """The packages are told all the same; whether the environment sees others is not known."""
    host = make_host(venv("opt/env"))
    Path(host.root, "opt/env/pyvenv.cfg").chmod(0)

    with another_user():
        found = collect(host)["/opt/env"]

    assert ({"pip": "24"}, "3.10", True) == (found.packages, found.python, found.partial)


def test_many_private_homes_are_one(make_host: MakeHost, another_user: AnotherUser) -> None:
    """On a cluster the directory above stands for its users' homes."""
    host = make_host({**venv("opt/env"), **{f"home/user{n}/x": "" for n in range(40)}})
    for home in Path(host.root, "home").iterdir():
        home.chmod(0)

    with another_user():
        found = collect(host)

    assert ["/home", "/opt/env"] == list(found)
    assert PERMISSION == found["/home"].kind


def test_a_crowded_directory_is_not_searched(make_host: MakeHost) -> None:
    """A home with more entries than anybody looks through says so."""
    host = make_host({**venv("home/ubuntu/env"), **{f"home/ubuntu/{n}": "" for n in range(1000)}})

    assert {"/home/ubuntu": Unread("more than 1000 entries")} == {
        path: environment.kind for path, environment in collect(host).items()
    }


def test_nobody_looked(make_host: MakeHost) -> None:
    """A tree without any of the places was not searched; one with a place and nothing in it was."""
    assert NOT_COLLECTED == collect_python_environments(make_host({"sys/x": "", "usr/lib/modules/x": ""}))
    assert () == collect_python_environments(make_host({"opt/aws/neuron/x": ""}))


def test_the_live_machine(collect_live: CollectLive) -> None:
    """With a tree as the root of the machine, as somebody who may not read root's home."""
    found: Reading[tuple[PythonEnvironment, ...]] = collect_live(
        "python_environments",
        "collect_python_environments",
        {**venv("opt/env", torch="2.9.1"), **venv("root/env")},
        {"opt/link": "/opt/env"},
    )

    assert isinstance(found, tuple)
    assert [("/opt/env", "venv"), ("/root/env", "venv")] == [(place.path, place.kind) for place in found]


def test_names_that_are_no_text(make_host: MakeHost, public_path: Path) -> None:
    """A directory whose name is not UTF-8 is found, and its path can be printed."""
    host = make_host({"home/x": ""})
    place = bytes(Path(host.root)) + b"/home/caf\xe9/env"
    site_packages = Path(place.decode("utf-8", "surrogateescape"), "lib/python3.10/site-packages/pip-24.dist-info")
    site_packages.mkdir(parents=True)
    Path(place.decode("utf-8", "surrogateescape"), "pyvenv.cfg").touch()

    assert ["/home/caf\ufffd/env"] == list(collect(host))


def test_conda_environments() -> None:
    """Absolute paths on disk; a list is the user's, and may say anything."""
    text = (
        "/home/ubuntu/miniconda3\n  \n/data/envs/x/ \r\nrelative/path\n/proc/self/root/opt/env\n//dev/shm/env\n"
        "/sys\n/opt/../proc/1/root\n/a\0b\n/" + "x" * 600 + "\n//data//envs/y\n"
    )

    assert ("home/ubuntu/miniconda3", "data/envs/x", "data//envs/y") == parse_conda_environments(text)


def test_a_long_list_of_conda_environments_is_cut() -> None:
    assert 1000 == len(parse_conda_environments("".join(f"/env{n}\n" for n in range(5000))))


@pytest.mark.parametrize(
    ("names", "version"),
    [
        (("python-3.10.14-hd12c33a_0_cpython.json",), "3.10.14"),
        (("python-dateutil-2.9.0-pyhd8ed1ab_0.json", "history"), None),
        (("python-3.10.14.json", "python-2.7.18-h42bf7aa_3.json"), None),
        ((), None),
    ],
)
def test_the_interpreter_of_conda(names: tuple[str, ...], version: str | None) -> None:
    assert version == parse_conda_python(names)


def test_pyvenv() -> None:
    """Keys in any case, with or without blanks; lines without an equals sign are none of ours."""
    assert {"home": "/usr/bin", "uv": "0.4", "prompt": "a=b"} == parse_pyvenv(
        "HOME = /usr/bin\nuv=0.4\n#\nprompt = a=b"
    )
