"""The units for systemd: what systemd-analyze says of them, and settings that are there, or not, for a reason."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from neuron_validator.cli import exits
from neuron_validator.cli.service_report import STATE_DIRECTORY

UNITS = ("neuron-validator.service", "neuron-validator-textfile.service", "neuron-validator-textfile.timer")
SERVICES = UNITS[:2]
MOST_EXPOSED = 18  # tenths: 1.8

Settings = Mapping[str, Sequence[str]]


def settings(path: Path) -> Settings:
    """Return what the unit file at *path* sets, each setting with its values in order."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^([A-Za-z]+)=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture(params=SERVICES)
def sandbox(request: pytest.FixtureRequest, repository: Path) -> Settings:
    """The settings of either service."""
    return settings(repository / "systemd" / request.param)


@pytest.fixture
def unit(repository: Path) -> Settings:
    """The settings of the service."""
    return settings(repository / "systemd" / SERVICES[0])


@pytest.fixture
def analysed(repository: Path, tmp_path: Path) -> Path:
    """A folder with the units, whose program is one that is on this machine; skips where nothing can analyse them."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for name in UNITS:
        text = (repository / "systemd" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("=/usr/bin/neuron-validator ", "=/bin/true "), encoding="utf-8")
    return tmp_path


def analyse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze in *folder*."""
    argv = ["systemd-analyze", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_units_are_understood(analysed: Path) -> None:
    """The units say nothing that systemd does not understand."""
    checked = analyse(analysed, "verify", *(f"./{name}" for name in UNITS))

    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)


@pytest.mark.parametrize("name", SERVICES)
def test_exposure(analysed: Path, name: str) -> None:
    """By systemd's own measure the services are exposed to 1.8 of 10 at most."""
    checked = analyse(analysed, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", f"./{name}")
    if "unrecognized option" in checked.stderr:
        pytest.skip("systemd-analyze judges no files before systemd 250")

    assert 0 == checked.returncode, checked.stdout.splitlines()[-1:] or checked.stderr


def test_what_would_hide_is_not_set(sandbox: Settings) -> None:
    """What the service looks at is not hidden from it, and no device can be opened all the same."""
    hiding = {"ProtectKernelModules", "PrivateDevices", "ProtectProc", "ProcSubset", "PrivateUsers", "DeviceAllow"}

    assert set() == hiding & sandbox.keys()
    assert ["closed"] == sandbox["DevicePolicy"]
    assert ["read-only"] == sandbox["ProtectHome"]
    assert ["/tmp /var/tmp"] == sandbox["BindReadOnlyPaths"]  # noqa: S108 - a setting


def test_sandbox(sandbox: Settings) -> None:
    """It has no capability, a user of its own, a firewall, and ceilings."""
    assert [""] == sandbox["CapabilityBoundingSet"]
    assert [""] == sandbox["AmbientCapabilities"]
    assert ["neuron-validator"] == sandbox["User"]
    assert ["any"] == sandbox["IPAddressDeny"]
    assert ["strict"] == sandbox["ProtectSystem"]
    assert {"CPUQuota", "MemoryHigh", "MemoryMax", "TasksMax"} <= sandbox.keys()


def test_both_services_have_one_sandbox(repository: Path) -> None:
    """What protects one service protects the other, but for the network and the folder of the textfile."""
    service, textfile = (settings(repository / "systemd" / name) for name in SERVICES)
    hardening = re.compile(
        r"Protect|Private|Restrict(?!A|P)|System|Capab|Ambient|NoNew|Lock|Memory|Remove|Keyring|Device|Bind"
    )

    assert {name: value for name, value in service.items() if hardening.match(name)} == {
        name: value for name, value in textfile.items() if hardening.match(name)
    }


def test_notification(unit: Settings) -> None:
    """Starting waits for the first judgement, a watchdog watches, and it is started again unless that cannot help."""
    assert ["notify"] == unit["Type"]
    assert ["90"] == unit["WatchdogSec"]
    assert ["on-failure"] == unit["Restart"]
    assert [f"{exits.USAGE} {exits.BAD_CONFIGURATION}"] == unit["RestartPreventExitStatus"]


def test_state_directory(unit: Settings) -> None:
    """The service keeps its report where `diagnose --from-service` looks, for every user to read."""
    assert [STATE_DIRECTORY] == [f"/var/lib/{name}" for name in unit["StateDirectory"]]
    assert ["0755"] == unit["StateDirectoryMode"]


def test_default_file_sets_nothing(repository: Path) -> None:
    """As it comes, the file of options changes nothing, and names only what a unit reads."""
    lines = (repository / "systemd/neuron-validator.default").read_text(encoding="utf-8").splitlines()
    units = "".join((repository / "systemd" / name).read_text(encoding="utf-8") for name in SERVICES)
    names = {line[1:].partition("=")[0] for line in lines if re.match(r"#[A-Z_]+=", line)}

    assert all(line.startswith("#") or not line for line in lines)
    assert {"SERVE_OPTIONS", "METRICS_OPTIONS", "TEXTFILE"} == {
        name for name in names if f"${name}" in units or f"${{{name}}}" in units
    }
    assert {"NEURON_VALIDATOR_CATALOG_PATH"} == names - {"SERVE_OPTIONS", "METRICS_OPTIONS", "TEXTFILE"}


def test_remote_scrape_opens_address_and_firewall(repository: Path, unit: Settings) -> None:
    """The drop-in runs the service's own command with another address, and lets other machines in."""
    added = settings(repository / "systemd/drop-ins/remote-scrape.conf")
    (command,) = unit["ExecStart"]

    assert ["", command.replace("$", "--web.listen-address=0.0.0.0:10979 $")] == added["ExecStart"]
    assert ["10.0.0.0/8"] == added["IPAddressAllow"]


def test_extra_capabilities(repository: Path) -> None:
    """The drop-in gives the two capabilities that reading needs, and no other."""
    added = settings(repository / "systemd/drop-ins/extra-capabilities.conf")

    assert {
        "CapabilityBoundingSet": ["CAP_DAC_READ_SEARCH CAP_SYS_PTRACE"],
        "AmbientCapabilities": ["CAP_DAC_READ_SEARCH CAP_SYS_PTRACE"],
    } == added


def test_readme_names_every_file(repository: Path) -> None:
    """The table of the README has every file that is there."""
    folder = repository / "systemd"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "README.md"}

    assert set() == {name for name in names if f"`{name}`" not in readme} - {"neuron-validator-textfile.timer"}
