"""``--imds``: when the command line may ask the network, and what comes of it."""

from __future__ import annotations

import json

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.facts import InstanceMetadata, Unread
from neuron_validator.cli import main
from neuron_validator.cli.exits import USAGE

METADATA = InstanceMetadata(instance_type="trn1.32xlarge", instance_id="i-0123456789abcdef0", ami_id=None)


@pytest.mark.parametrize("command", ["diagnose", "collect"])
@pytest.mark.parametrize("place", ["--root", "--snapshot", "--facts"])
def test_another_place_than_this_machine(
    command: str, place: str, capsys: pytest.CaptureFixture[str], mocker: MockerFixture
) -> None:
    """The service speaks of the machine that asks: for a captured one it would be the wrong witness."""
    ask = mocker.patch("neuron_collectors.imds.collect_imds")

    assert USAGE == main([command, "--imds", place, "tests"])
    assert "--imds asks about this machine" in capsys.readouterr().err
    ask.assert_not_called()


def test_this_machine(capsys: pytest.CaptureFixture[str], mocker: MockerFixture) -> None:
    """What the service says stands beside what the firmware says."""
    mocker.patch("neuron_collectors.imds.collect_imds", return_value=METADATA)

    assert 0 == main(["collect", "--imds", "--include-identifiers"])
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert "trn1.32xlarge" == facts["instance_metadata"]["instance_type"]
    assert "i-0123456789abcdef0" == facts["instance_metadata"]["instance_id"]
    assert facts["instance_metadata"]["ami_id"] is None


def test_a_service_that_does_not_answer(capsys: pytest.CaptureFixture[str], mocker: MockerFixture) -> None:
    """It is a second witness: without it the command goes on, and says why it is missing."""
    mocker.patch("neuron_collectors.imds.collect_imds", return_value=Unread("/latest/api/token: no answer in time"))

    assert 0 == main(["collect", "--imds"])
    snapshot = json.loads(capsys.readouterr().out)
    assert {"unread": "/latest/api/token: no answer in time"} == snapshot["facts"]["instance_metadata"]


def test_nobody_asks_unbidden(capsys: pytest.CaptureFixture[str], mocker: MockerFixture) -> None:
    """Without the option nothing is sent."""
    ask = mocker.patch("neuron_collectors.imds.collect_imds")

    assert 0 == main(["collect"])
    assert {"unread": "not collected"} == json.loads(capsys.readouterr().out)["facts"]["instance_metadata"]
    ask.assert_not_called()
