"""Sample hosts, judged by the real program: what must be found, and what is printed to the byte."""

from __future__ import annotations

import json
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import neuron_validator
from neuron_validator.cli import main

TESTS = Path(__file__).resolve().parent
SCHEMA = Path(neuron_validator.__file__).resolve().parent / "data" / "report.schema.json"

ENDED, MAINTENANCE, BEHIND = "end-of-support", "maintenance", "releases-behind"
SMALL = "host-memory-small"  # trn1.2xlarge, inf2.xlarge and inf1.xlarge have no more memory than one device
DEFECTS = ("driver-known-defect", "runtime-known-defect")  # of what driver 2.30.2 and runtime 2.34 mended
TORCH_ENDED = "eos-torch-neuronx-2.7-2.8-2026-03-30"

# Written from the stories in hosts/README.md and the vendor's documents, not from what the program printed:
# host -> exit code, verdict, ids of the findings in the order to act, first rule.
EXPECTED: dict[str, tuple[int, str, list[str], str | None]] = {
    "container-with-devices": (0, "pass", [*DEFECTS, SMALL, MAINTENANCE, BEHIND], "DRV-RT-021"),
    "container-without-devices": (2, "fail", ["device-nodes-missing", *DEFECTS, SMALL, MAINTENANCE, BEHIND], None),
    "inf1-driver-too-new": (2, "fail", ["driver-family-unsupported", ENDED, SMALL, BEHIND], "INF1-001"),
    "inf1-healthy": (1, "warn", [ENDED, SMALL, MAINTENANCE, BEHIND], "python-3.10"),
    "inf2-healthy": (0, "pass", ["beta-in-use", BEHIND], "beta-introduced-jax-neuronx-0.1.1-2024-09-16"),
    "legacy-beside-new": (1, "warn", ["superseded-package-installed", "os-unsupported", *DEFECTS, SMALL], "TOOL-001"),
    "no-neuron": (3, "unknown", [], None),
    "placeholder-venv": (2, "fail", ["placeholder-installed", *DEFECTS, SMALL, BEHIND], None),
    "trn1-driver-runtime-broken": (
        2,
        "fail",
        ["driver-runtime-incompatible", *DEFECTS, MAINTENANCE, BEHIND],
        "DRV-RT-001",
    ),
    "trn1-driver-runtime-fixed": (0, "pass", [*DEFECTS, SMALL, MAINTENANCE, BEHIND], "DRV-RT-021"),
    "trn1-healthy": (1, "warn", [ENDED, *DEFECTS, SMALL, MAINTENANCE, BEHIND], TORCH_ENDED),
    "trn1-mixed-venv": (1, "warn", [ENDED, *DEFECTS, "sdk-release-mixed", SMALL, MAINTENANCE, BEHIND], TORCH_ENDED),
    "trn1-no-driver": (2, "fail", ["driver-not-loaded", *DEFECTS, SMALL, MAINTENANCE, BEHIND], None),
    "trn2-healthy": (0, "pass", [*DEFECTS, ENDED, BEHIND], "DRV-RT-021"),
    "unreadable": (3, "unknown", [], None),
}
HOSTS = sorted(EXPECTED)
OTHER_FORMATS = {
    "markdown": "md",
    "junit": "xml",
    "sarif": "sarif",
    "nagios": "nagios",
    "npd": "npd",
    "nfd": "nfd",
    "html": "html",
}
NPD_CODES = {0: 0, 1: 1, 2: 1, 3: 2}
SILENCED = "trn1-driver-runtime-broken"
SILENCES = """\
[[silence]]
check = "driver-runtime-incompatible"
component = "aws-neuronx-dkms"
reason = "driver of the next image, OPS-311"
until = 2026-11-30

[[silence]]
check = "driver-known-defect"
reason = "was to be gone by now"
until = 2026-10-31
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a developer's environment says about colour and width."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def diagnose(host: str, *options: str) -> int:
    """Run the program on a sample host and return its exit code."""
    root = str(TESTS / "hosts" / host)
    return main(["diagnose", "--root", root, "--as-of", "2026-11-21", "--color", "never", *options])


def compare(golden: Path, printed: str, *, update: bool) -> None:
    """Compare with the golden file, or make what was printed the golden file."""
    if update:
        golden.write_text(printed, encoding="utf-8")

    assert golden.read_text(encoding="utf-8") == printed


def closed(schema: Any) -> Any:
    """Return *schema* with every object closed: keys that it does not name are errors."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "required" in schema and "properties" in schema else inner


def test_every_host_is_expected() -> None:
    """Every sample host has its row in the table of expectations, in the README and a golden file for each format."""
    hosts = sorted(path.name for path in (TESTS / "hosts").iterdir() if path.is_dir())
    readme = (TESTS / "hosts" / "README.md").read_text(encoding="utf-8")
    golden = {path.name for path in (TESTS / "golden").iterdir()}

    assert HOSTS == hosts
    assert HOSTS == sorted(name for name in hosts if f"| `{name}` |" in readme)
    names = {*HOSTS, f"{SILENCED}.silenced"}
    assert {f"{name}.{kind}" for name in names for kind in ("txt", "json", *OTHER_FORMATS.values())} == golden


@pytest.mark.parametrize("host", HOSTS)
def test_findings(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each sample host gives the verdict and the findings that its story calls for, and no others."""
    code = diagnose(host, "--format", "json")
    report = json.loads(capsys.readouterr().out)
    rules = [finding["rule"]["id"] if finding["rule"] else None for finding in report["findings"][:1]]

    ids = [finding["id"] for finding in report["findings"]]
    assert EXPECTED[host] == (code, report["verdict"], ids, rules[0] if rules else None)
    assert code == report["exit_code"]


@pytest.mark.parametrize("host", HOSTS)
def test_text(host: str, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    """The page is the golden page, and only what may not be broken is wider than it."""
    diagnose(host)
    printed = capsys.readouterr().out

    compare(TESTS / "golden" / f"{host}.txt", printed, update=pytestconfig.getoption("update_golden"))
    assert [] == [line for line in printed.splitlines() if len(line) > 100 and not is_whole(line)]


def is_whole(line: str) -> bool:
    """Tell whether *line* is a command, which stands far in, the line to paste, or a single word."""
    return line.startswith((" " * 15, "Paste ")) or " " not in line.strip()


@pytest.mark.parametrize("host", HOSTS)
def test_json(host: str, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    """The JSON document is the golden one and follows the schema, without a key that the schema does not name."""
    diagnose(host, "--format", "json")
    printed = capsys.readouterr().out

    compare(TESTS / "golden" / f"{host}.json", printed, update=pytestconfig.getoption("update_golden"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [] == [error.message for error in Draft202012Validator(closed(schema)).iter_errors(json.loads(printed))]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_other_formats(host: str, name: str, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    """Each other format prints what is golden; all exit as `text` does, but npd, which has only 0, 1 and 2."""
    code = diagnose(host, "--format", name)
    printed = capsys.readouterr().out

    golden = TESTS / "golden" / f"{host}.{OTHER_FORMATS[name]}"
    compare(golden, printed, update=pytestconfig.getoption("update_golden"))
    expected = EXPECTED[host][0]
    assert (NPD_CODES[expected] if name == "npd" else expected) == code


@pytest.mark.parametrize("kind", ["txt", "json", *OTHER_FORMATS.values()])
def test_silenced(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    """A silenced finding stays, marked and last, and does not count; one whose silence has ended counts again."""
    (tmp_path / "silences.toml").write_text(SILENCES, encoding="utf-8")
    formats = {"txt": "text", "json": "json"} | {suffix: name for name, suffix in OTHER_FORMATS.items()}
    options = ["--config", str(tmp_path / "silences.toml"), "--format", formats[kind]]
    code = diagnose(SILENCED, *options)
    printed = capsys.readouterr().out

    assert 0 == code
    compare(TESTS / "golden" / f"{SILENCED}.silenced.{kind}", printed, update=pytestconfig.getoption("update_golden"))
    if kind == "json":
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        report = json.loads(printed)
        silenced = {"reason": "driver of the next image, OPS-311", "until": "2026-11-30"}
        assert [] == list(Draft202012Validator(closed(schema)).iter_errors(report))
        assert ("driver-runtime-incompatible", silenced) == itemgetter("id", "silenced")(report["findings"][-1])
        assert {"check": "driver-runtime-incompatible", "status": "silenced"} in report["checks"]
        assert "was to be gone by now" == report["findings"][0]["expired_silence"]["reason"]


def test_snapshot_is_judged_like_the_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An inventory that was written and read again gives the same report."""
    host, snapshot = TESTS / "hosts" / "trn1-driver-runtime-broken", tmp_path / "snapshot.json"
    code = main(["collect", "--root", str(host), "--output", str(snapshot), "--include-identifiers"])
    judged = main(["diagnose", "--snapshot", str(snapshot), "--as-of", "2026-11-21", "--format", "json"])

    golden = (TESTS / "golden" / f"{host.name}.json").read_text(encoding="utf-8")
    assert (0, 2) == (code, judged)
    assert golden == capsys.readouterr().out
