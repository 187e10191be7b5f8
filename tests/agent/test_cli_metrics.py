"""``neuron-validator metrics``: text for Prometheus, on standard output or in a file for node_exporter."""

from __future__ import annotations

import re
import stat
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from neuron_collectors.inventory import COLLECTORS
from neuron_validator.cli import main
from neuron_validator.cli.exits import IO_ERROR, OK, USAGE

BROKEN = "trn1-driver-runtime-broken"


def metrics(repository: Path, *options: str, host: str = BROKEN) -> int:
    """Run the command on a sample host and return its exit code."""
    return main(["metrics", "--root", str(repository / "tests/hosts" / host), "--as-of", "2026-11-21", *options])


def values(text: str) -> dict[tuple[str, str], float]:
    """Return the samples of *text* by name and the values of their labels."""
    families = text_string_to_metric_families(text)
    return {(s.name, ",".join(s.labels.values())): s.value for family in families for s in family.samples}


def test_what_is_found_is_in_the_metrics(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is that of a run that worked: cron and systemd must not take a finding for a failure."""
    code = metrics(repository)
    found = values(capsys.readouterr().out)

    assert OK == code
    assert 1 == found["neuron_validator_verdict", "fail"]
    assert 1 == found["neuron_validator_check_status", "driver-runtime-incompatible,critical"]
    assert 16 == found["neuron_validator_devices", "driver"]
    assert 5 == found["neuron_validator_component_releases_behind", "aws-neuronx-dkms,host"]


def test_every_collector_has_run(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of a diagnosis and that of the counters."""
    metrics(repository, "--no-neuron-ls")
    found = values(capsys.readouterr().out)

    assert {*COLLECTORS, "device_status"} == {
        one for name, one in found if name == "neuron_validator_collector_success"
    }
    assert ("neuron_validator_textfile_written_timestamp_seconds", "") not in found


def test_the_textfile(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody may read it, it is put in place whole, and tells when it was written."""
    path = tmp_path / "neuron-validator.prom"
    path.write_text("before", encoding="utf-8")
    start = time.time()
    code = metrics(repository, "--textfile", str(path))
    found = values(path.read_text(encoding="utf-8"))

    assert OK == code
    assert "" == capsys.readouterr().out
    assert 0o644 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())
    assert start <= found["neuron_validator_textfile_written_timestamp_seconds", ""] <= time.time()


def test_the_textfile_has_the_suffix_that_is_read(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """node_exporter skips every other file without a word."""
    code = metrics(repository, "--textfile", str(tmp_path / "neuron-validator.txt"))

    assert USAGE == code
    assert "node_exporter reads files that end in .prom only" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_a_directory_that_is_not_there(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not made: node_exporter would not look there."""
    assert IO_ERROR == metrics(repository, "--textfile", str(tmp_path / "missing" / "a.prom"))
    assert "No such file or directory" in capsys.readouterr().err


def test_facts_have_no_collectors(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A facts file is judged like a host, and nothing has run for it."""
    facts = tmp_path / "facts.json"
    facts.write_text('{"instance_type": "trn1.32xlarge", "driver": {"loaded": "2.26.5.0"}}', encoding="utf-8")
    code = main(["metrics", "--facts", str(facts), "--as-of", "2026-11-21"])
    printed = capsys.readouterr().out

    assert OK == code
    assert "neuron_validator_collector" not in printed
    assert re.search(r'component_info\{component="aws-neuronx-dkms",.*version="2.26.5.0"\} 1.0', printed)


def test_a_day_before_the_first_release(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake on the command line is still one."""
    assert USAGE == metrics(repository, "--as-of", "2001-01-01")
    assert "--as-of" in capsys.readouterr().err
