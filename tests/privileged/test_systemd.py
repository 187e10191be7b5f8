"""
The service under the real systemd: a Debian in systemd-nspawn that is made to look like an inf2.8xlarge.

Run with ``pytest -m privileged tests/privileged/test_systemd.py`` as root. The tests stand in the order in which they
run: the first installs as systemd/README.md says.

Live, as on a Neuron host: the files of the driver and of PCI in /sys, /proc/modules, packages, environments, the node,
each laid at its real path inside the container. Not to be had: the driver itself (the node has the number of /dev/fuse,
which any user may open), its module file and libnrt (stand-ins), and lines of it in the kernel's log.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests import sandbox_probe
from tests.nspawn import PYTHON, Container, debian, require_tools, wait_for
from tests.stand_in_library import elf_library
from tests.stand_in_module import module_file
from tests.test_readme import fenced_commands, section

from neuron_validator.service.schedule import CHORES, JOBS

pytestmark = pytest.mark.privileged

HOST = "tests/hosts/inf2-healthy"
UNIT = "neuron-validator.service"
DROP_INS = f"/etc/systemd/system/{UNIT}.d"
METRICS = "http://127.0.0.1:10979/metrics"
FUSE = (10, 229)
OF_OTHERS = (
    "/devices/0/connected_devices",
    "/python_environments/0/python",  # in a home of mode 0750
    "/python_environments/0/kind",
    "/compile_caches/1/compilers",
    "/compile_caches/1/unrecognised",
    "/processes",
)
"""What an unprivileged user may not read on this host: the proof's list."""
VARYING = {
    *("devices", "python_environments", "compile_caches", "processes", "hidden_processes"),  # see `OF_OTHERS`
    *("memory", "disks", "limits"),  # from one moment to the next; where it is mounted; each process's own
}
"""The facts that may be others in the sandbox than outside."""
ROOT_ONLY = ("core_count", "connected_devices", "reset")  # as the drivers since 2.26 have them, and none before


@pytest.fixture(scope="module")
def container(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """Boot a Debian that looks like a Neuron host, and is not yet installed."""
    require_tools()
    folder = tmp_path_factory.mktemp("nspawn")
    kept = os.environ.get("NEURON_VALIDATOR_TEST_DEBIAN")
    root = debian(Path(kept) if kept else None, folder / "root")
    shutil.copytree(repository / "systemd", root / "root/systemd")
    fetch_wheels(repository, root / "root/wheels")
    lay_files(repository / HOST, root)
    booted = Container(root, folder / "console.log")
    try:
        lay_devices(booted, repository / HOST)
        yield booted
    finally:
        booted.stop()
        shutil.rmtree(root, ignore_errors=True)


def fetch_wheels(repository: Path, folder: Path) -> None:
    """Put the wheel of this checkout into *folder*, with all that it needs on Debian's Python."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    commands = [
        [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(repository)],
        [*pip, "download", "--quiet", "--only-binary=:all:", f"--python-version={PYTHON}", "--dest", str(folder)],
    ]
    for command in commands:
        wheels = [f"{wheel}[web]" for wheel in folder.glob("neuron_validator-*.whl")]
        done = subprocess.run([*command, *wheels], capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr[-2000:]


def lay_files(host: Path, root: Path) -> None:
    """Put what *host* has on disk into the tree at *root*."""
    shutil.copytree(host / "opt", root / "opt", symlinks=True, dirs_exist_ok=True)
    stanzas = (host / "var/lib/dpkg/status").read_text().split("\n\n")
    with (root / "var/lib/dpkg/status").open("a") as status:
        status.writelines(f"\n{stanza.strip()}\n" for stanza in stanzas if "Package: aws-neuronx" in stanza)
    private = root / "home/ubuntu"
    private.mkdir(mode=0o750)
    private.chmod(0o750)
    os.chown(private, 1000, 1000)
    shutil.copytree(host / "opt/aws_neuronx_venv_jax_0_10", private / "venv", symlinks=True)
    module = root / f"lib/modules/{os.uname().release}/updates/dkms/neuron.ko"
    module.parent.mkdir(parents=True)
    module.write_bytes(module_file(version="2.30.2.0", vermagic=f"{os.uname().release} SMP preempt mod_unload "))
    library = root / "opt/aws/neuron/lib/libnrt.so.2.34.10.0"
    library.parent.mkdir(parents=True)
    library.write_bytes(elf_library())
    (library.parent / "libnrt.so.1").symlink_to(library.name)
    cache = root / "var/tmp/neuron-compile-cache/neuronxcc-2.27.5334.0+3c1e5b8a/MODULE_3540044791706521849+4eb52b03"
    cache.mkdir(parents=True)
    (cache / "model.done").touch()
    (root / "root/proc_modules").write_bytes((host / "proc/modules").read_bytes())
    shutil.copyfile(sandbox_probe.__file__, root / "root/sandbox_probe.py")
    (root / "root").chmod(0o755)


def lay_devices(container: Container, host: Path) -> None:
    """
    Put what the kernel shows on *host* into /sys, /proc and /dev.

    /sys is left writable, here and at the real sysfs below /sys/kernel, so that a sandbox has something to prevent.
    """
    container.output("mount", "-o", "remount,rw", "/sys")
    container.output("mount", "-o", "remount,rw", "/sys/kernel")
    container.output("mount", "-o", "remount,bind,rw", "/sys/kernel")
    for name in ("bus", "class", "devices", "module"):
        container.output("mkdir", "-p", f"/sys/{name}")
        container.output("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", f"/sys/{name}")
        container.copy(host / "sys" / name, f"/sys/{name}")
    for name in ROOT_ONLY:
        path = f"/sys/devices/virtual/neuron_device/neuron0/{name}"
        container.output("sh", "-c", f"[ ! -e {path} ] || chmod 0400 {path}")
    if container.run("test", "-e", "/proc/modules").returncode == 0:  # not on a kernel without modules
        container.output("mount", "--bind", "/root/proc_modules", "/proc/modules")
    container.output("mknod", "-m", "0666", sandbox_probe.DEVICE, "c", *map(str, FUSE))
    container.output("ip", "address", "add", f"{sandbox_probe.OTHER_ADDRESS}/32", "dev", "lo")


@pytest.fixture
def service(container: Container) -> Iterator[Container]:
    """Leave the container as the installation left it, with the service running."""
    yield container
    container.output("rm", "-rf", DROP_INS)
    container.write("/etc/default/neuron-validator", "")
    restart(container)


def restart(container: Container) -> None:
    """Have systemd read its units and start the service anew; systemctl returns when it is ready."""
    container.output("systemctl", "daemon-reload")
    container.output("systemctl", "reset-failed", UNIT)
    container.output("systemctl", "restart", UNIT)


def drop_in(container: Container, *lines: str) -> None:
    """Change settings of the service, and start it anew."""
    container.write(f"{DROP_INS}/test.conf", "\n".join(["[Service]", *lines, ""]))
    restart(container)


def add_shipped_drop_in(container: Container, name: str) -> None:
    """Install one of the drop-ins that come with the units."""
    container.output("install", "-D", "-m", "0644", "-t", DROP_INS, f"/root/systemd/drop-ins/{name}")
    restart(container)


def ask(container: Container, url: str) -> str:
    """Return what a client in the container gets."""
    script = "import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1], timeout=3).read())"
    return container.output("python3", "-c", script, url)


def journal_position(container: Container) -> str:
    """Return where the journal ends now."""
    return container.output("journalctl", "--lines=0", "--show-cursor").rpartition("-- cursor: ")[2].strip()


def journal_since(container: Container, position: str) -> str:
    """Return what the service, and systemd of it, has written since."""
    return container.output("journalctl", "--output=cat", f"--unit={UNIT}", f"--after-cursor={position}")


def test_installation(container: Container) -> None:
    """By the commands of the README it is installed, started and ready, and its status line tells the verdict."""
    readme = (container.root / "root/systemd/README.md").read_text()
    commands = fenced_commands(section(readme, "Install"))
    environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/root/wheels"}
    done = container.run("sh", "-ec", "\n".join(commands), environ=environ, timeout=180)

    assert done.returncode == 0, done.stderr
    assert ["active", "running", "enabled"] == container.properties(UNIT, "ActiveState", "SubState", "UnitFileState")
    (status,) = container.properties(UNIT, "StatusText")
    assert re.fullmatch(r".+; SDK 2\.32\.0; \d\d:\d\d UTC", status), status


def test_scrape(container: Container) -> None:
    """It is scraped; its report is what any user gets, and says what the metrics say."""
    metrics = ask(container, METRICS)
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    asked = container.run(*as_nobody, "neuron-validator", "diagnose", "--from-service", "--format=json")
    report = json.loads(asked.stdout)

    assert "inf2.8xlarge" == report["host"]["instance_type"]
    assert [1, 1, 1, 1] == [report["devices"][name] for name in ("expected", "pci", "driver", "nodes")]
    assert f'neuron_validator_verdict{{verdict="{report["verdict"]}"}} 1.0' in metrics
    assert report["exit_code"] == asked.returncode
    assert report == json.loads(ask(container, METRICS.replace("metrics", "api/v1/report")))
    assert "device-nodes-inaccessible" not in {finding["id"] for finding in report["findings"]}
    assert "no events of devices" not in container.output("journalctl", f"--unit={UNIT}")


def test_watchdog_is_fed(service: Container) -> None:
    """While it works the watchdog never has to act, however short its time."""
    drop_in(service, "WatchdogSec=2")
    (before,) = service.properties(UNIT, "MainPID")
    time.sleep(7)

    assert ["active", before, "0"] == service.properties(UNIT, "ActiveState", "MainPID", "NRestarts")


def test_watchdog_restarts_what_hangs(service: Container) -> None:
    """A process that was stopped is ended by the watchdog, says where it stood, and is started again until ready."""
    drop_in(service, "WatchdogSec=3", "RestartSec=200ms")
    (before,) = service.properties(UNIT, "MainPID")
    log = journal_position(service)
    service.output("kill", "-STOP", before)
    wait_for(lambda: service.properties(UNIT, "NRestarts") == ["1"], seconds=20)
    wait_for(lambda: service.properties(UNIT, "ActiveState") == ["active"], seconds=30)

    assert service.properties(UNIT, "MainPID") != [before]
    told = journal_since(service, log)
    assert "Watchdog timeout" in told
    assert "Fatal Python error: Aborted" in told
    assert "neuron_validator_up 1.0" in ask(service, METRICS)


def test_reload(service: Container) -> None:
    """A reload reads a new overlay in the same process; one that is garbage changes nothing and is told of."""
    drop_in(service, "Environment=NEURON_VALIDATOR_CATALOG_PATH=/etc/neuron-validator/catalog.d")
    (before,) = service.properties(UNIT, "MainPID")
    log = journal_position(service)
    service.output("systemctl", "reload", UNIT)
    wait_for(lambda: "msg=reloaded" in journal_since(service, log), seconds=10)
    service.write("/etc/neuron-validator/catalog.d/releases.jsonl", "garbage\n")
    service.output("systemctl", "reload", UNIT)
    wait_for(lambda: "not reloaded" in journal_since(service, log), seconds=10)
    service.output("rm", "/etc/neuron-validator/catalog.d/releases.jsonl")

    assert ["active", "running", before] == service.properties(UNIT, "ActiveState", "SubState", "MainPID")
    assert "Reloading" in journal_since(service, log)


def test_stop(service: Container) -> None:
    """It stops at once and in good order, and comes back with what it knew."""
    start = time.monotonic()
    service.output("systemctl", "stop", UNIT)
    seconds = time.monotonic() - start
    stopped = service.properties(UNIT, "ActiveState", "Result", "ExecMainStatus")
    (state,) = Path(service.root, "var/lib/neuron-validator").glob("state.json")

    assert ["inactive", "success", "0"] == stopped
    assert seconds < 10
    assert "transitions" in json.loads(state.read_text())


def test_wrong_option(service: Container) -> None:
    """An option that does not exist ends it for good, with the exit code for usage."""
    service.write("/etc/default/neuron-validator", 'SERVE_OPTIONS="--no-such-option"\n')
    failed = service.run("systemctl", "restart", UNIT)
    time.sleep(6)  # longer than RestartSec=

    assert failed.returncode != 0
    assert ["failed", "64", "0"] == service.properties(UNIT, "ActiveState", "ExecMainStatus", "NRestarts")


def unread(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield where in the JSON of an inventory something is unread, and why."""
    match value:
        case {"unread": str(reason)}:
            yield path, reason
        case dict():
            for name, member in value.items():
                yield from unread(member, f"{path}/{name}")
        case list():
            for number, member in enumerate(value):
                yield from unread(member, f"{path}/{number}")


def inventory(container: Container) -> Any:
    """Return the facts that the service has, once every collector has run."""
    return json.loads(ask(container, METRICS.replace("metrics", "api/v1/inventory")))["facts"]


def test_collectors_in_the_sandbox(service: Container) -> None:
    """In the sandbox every collector succeeds, and yields what it yields to root outside, but for what is root's."""
    service.write("/etc/default/neuron-validator", "SERVE_OPTIONS=--inventory-api\n")
    restart(service)
    inside = inventory(service)
    outside = json.loads(service.output("neuron-validator", "collect", "--no-neuron-ls"))["facts"]
    metrics = ask(service, METRICS)
    successes = dict(re.findall(r'neuron_validator_collector_success\{collector="(\w+)"\} (\S+)', metrics))

    assert {"1.0"} == set(successes.values())
    assert {name for name in JOBS if name not in CHORES} == set(successes)
    assert (
        dict.fromkeys(OF_OTHERS, "permission").items() == dict(unread(inside)).items() - dict(unread(outside)).items()
    )
    assert VARYING == {name for name in inside if inside[name] != outside[name]} | {"memory", "disks", "limits"}
    assert "neuron.ko" in str(inside["driver_files"])  # ProtectKernelModules= would hide this,
    assert [1] == [one["modules"] for one in inside["compile_caches"][0]["compilers"]]  # and PrivateTmp= that


def test_extra_capabilities(service: Container) -> None:
    """The drop-in with the two capabilities shows what the unprivileged user may not read."""
    service.write("/etc/default/neuron-validator", "SERVE_OPTIONS=--inventory-api\n")
    add_shipped_drop_in(service, "extra-capabilities.conf")

    assert [] == [path for path, reason in unread(inventory(service)) if reason == "permission"]


def probe(container: Container, *, options: str = "") -> Mapping[str, str]:
    """Return what came of the probe in the service's sandbox, changed by *options*."""
    unit = (container.root / "root/systemd" / UNIT).read_text()
    kept = re.sub(
        r"^(Type|ExecStart|ExecReload|Restart\w*|WatchdogSec|StateDirectory)=.*\n", "", unit, flags=re.MULTILINE
    )
    added = (
        "Type=oneshot\nStateDirectory=neuron-validator-probe\nStandardOutput=truncate:/run/probe.json\n"
        f"ExecStart=/usr/bin/python3 /root/sandbox_probe.py\n{options}\n"
    )
    container.write("/etc/systemd/system/probe.service", kept.replace("[Service]\n", f"[Service]\n{added}"))
    container.output("systemctl", "daemon-reload")
    container.output("systemctl", "start", "probe.service")
    found: Mapping[str, str] = json.loads(container.output("cat", "/run/probe.json"))
    return found


DENIED = {
    "write sysfs",
    "write sysfs of a device",
    "write sysctl",
    "open a device",
    "make a device",
    "write /etc",
    "write /usr",
    "write /home",
    "write /tmp",
    "write /var/tmp",
    "mount",
    "make setuid",
    "write code",
    "listen to packets",
    "send elsewhere",
}
ALLOWED = {
    "look at a device",
    "look into /usr/lib/modules",
    "write the state directory",
    "send to this machine",
}


def test_control_without_a_sandbox(container: Container) -> None:
    """As a unit of its own, without a sandbox, the probe can do all that it tries."""
    argv = ("systemd-run", "--quiet", "--wait", "--pipe", "--property=StateDirectory=neuron-validator-probe")
    free = json.loads(container.output(*argv, "python3", "/root/sandbox_probe.py"))

    assert dict.fromkeys(DENIED | ALLOWED, "done") == free


@pytest.mark.parametrize("user", ["neuron-validator", "root"])
def test_sandbox(container: Container, user: str) -> None:
    """In the service's sandbox it can do nothing but its work; were it root, the sandbox alone would see to that."""
    found = probe(container, options="" if user == "neuron-validator" else "User=root")

    assert DENIED == {name for name, came in found.items() if came != "done"}
    assert ALLOWED == {name for name, came in found.items() if came == "done"}


def test_remote_scrape(service: Container) -> None:
    """From elsewhere it answers only with the drop-in, which opens the address and the firewall together."""
    remote = METRICS.replace("127.0.0.1", sandbox_probe.OTHER_ADDRESS)
    with pytest.raises(AssertionError, match="Connection refused"):
        ask(service, remote)
    service.write("/etc/default/neuron-validator", 'SERVE_OPTIONS="--web.listen-address=0.0.0.0:10979"\n')
    restart(service)
    with pytest.raises(AssertionError, match="timed out"):
        ask(service, remote)
    service.write("/etc/default/neuron-validator", "")
    add_shipped_drop_in(service, "remote-scrape.conf")

    assert "neuron_validator_up 1.0" in ask(service, remote)


def test_textfile(service: Container) -> None:
    """The timer's unit writes the file for node_exporter, for everybody to read, into the group's folder."""
    readme = (service.root / "root/systemd/README.md").read_text()
    for command in fenced_commands(section(readme, "The timer")):
        service.output("sh", "-ec", command)
    service.output("systemctl", "start", "neuron-validator-textfile.service")
    path = "/var/lib/prometheus/node-exporter/neuron-validator.prom"

    assert "644 neuron-validator neuron-validator" == service.output("stat", "--format=%a %U %G", path).strip()
    metrics = service.output("cat", path)
    assert "neuron_validator_textfile_written_timestamp_seconds" in metrics
    assert 'neuron_validator_check_status{check="device-nodes-inaccessible",status="pass"} 1.0' in metrics
    assert ["active", "waiting"] == service.properties("neuron-validator-textfile.timer", "ActiveState", "SubState")
