"""`collect --tree`: what is written of a host stands for it, and says nothing of who has it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from tests.collectors.conftest import make_tree

from neuron_validator.cli import main

TESTS = Path(__file__).resolve().parent
HOSTS = sorted(path.name for path in (TESTS / "hosts").iterdir() if path.is_dir())

INSTANCE_ID = "i-0123456789abcdef0"
SERIAL_NUMBER = "00112233aabb0003"
HOST_NAME = "ip-10-0-0-1"
USER = "alice"
SECRET = "hunter2"  # noqa: S105 - one to look for

IDENTIFIERS = (INSTANCE_ID, SERIAL_NUMBER, HOST_NAME, USER, SECRET)

JOURNAL_LINES = (
    f"Nov 21 22:16:17 {HOST_NAME} kernel: [   12.3] neuron: NEURON_HW_ERR=DMA_ERROR instance-id={INSTANCE_ID} "
    f"hostname={HOST_NAME} nd-id=3 nc-id=1 serial-num={SERIAL_NUMBER} action=TERMINATE_INSTANCE\n"
    f"nd03: Serial numbers on left link pair don't match: {SERIAL_NUMBER} vs.  ffff2233aabb0003\n"
    f"nd03: left ultraserver link is miss-wired to nd05 ({SERIAL_NUMBER})\n"
    f"audit: {USER} {SECRET} logged in\n"
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Return a file with the key of every redaction in the test."""
    path = tmp_path / "key"
    path.write_bytes(b"0123456789abcdef")
    return path


@pytest.fixture
def personal(tmp_path: Path) -> Path:
    """Return a tree of a host with everything in it that identifies its owner."""
    packages = f"home/{USER}/env/lib/python3.10/site-packages"
    commands = [
        {"argv": ["/usr/bin/dmesg"], "returncode": 0, "stdout": "dmesg.out"},
        {"argv": ["/opt/aws/neuron/bin/neuron-ls", "-j"], "returncode": 0, "stdout": "ls.out"},
    ]
    device = {
        "neuron_device": 0,
        "bdf": "cc:00.0",
        "connected_to": None,
        "nc_count": 2,
        "memory_size": 34359738368,
        "neuron_processes": [{"pid": 7, "command": f"python /home/{USER}/serve.py --token={SECRET}"}],
    }
    stanza = f"Maintainer: {USER}\nArchitecture: all\nVersion: 2.26.5.0"
    make_tree(
        tmp_path / "personal",
        {
            "sys/devices/virtual/dmi/id/sys_vendor": "Amazon EC2\n",
            "sys/devices/virtual/dmi/id/product_name": "trn1.2xlarge\n",
            "sys/devices/virtual/dmi/id/board_asset_tag": f"{INSTANCE_ID}\n",
            "sys/class/neuron_device/neuron0/info/serial_number": f"{SERIAL_NUMBER}\n",
            "sys/class/neuron_device/neuron0/core_count": "2",
            "var/lib/dpkg/status": f"Package: aws-neuronx-dkms\nStatus: install ok installed\n{stanza}\n\n"
            f"Package: {SECRET}\nStatus: install ok installed\n{stanza}\n",
            f"home/{USER}/env/pyvenv.cfg": f"home = /home/{USER}/.pyenv/bin\nversion = 3.10.12\n",
            f"{packages}/neuronx_cc-2.21.0+abc.dist-info/METADATA": "Name: neuronx-cc\n",
            f"{packages}/neuronx_cc-2.21.0+abc.dist-info/direct_url.json": json.dumps(
                {"url": f"https://{USER}:{SECRET}@{HOST_NAME}/{SECRET}/neuronx_cc.whl?signature={SECRET}"}
            ),
            f"home/{USER}/{SECRET}/x": "",
            "etc/systemd/system/serve.service": f"[Service]\nUser=x\nExecStart=/usr/bin/neuron-serve --token={SECRET}\n"
            f'Environment="LD_LIBRARY_PATH=/opt/aws/neuron/lib" API_KEY={SECRET} NEURON_RT_NUM_CORES=2\n',
            "proc/1/environ": f"HOME=/home/{USER}\0NEURON_RT_NUM_CORES=2\0NEURON_X={SECRET}\0TOKEN={SECRET}\0",
            "proc/1/cgroup": f"0::/system.slice/jupyter@{USER}.service\n",
            "proc/7/stat": "7 (python) S 1 7 7 0 -1 4194560 1 2 3 4",
            "proc/7/maps": f"7f00-7f01 r-xp 0 103:01 7 /data/{SECRET}/model.safetensors\n"
            "7f01-7f02 r-xp 0 103:01 8 /opt/aws/neuron/lib/libnrt.so.2.29.40.0\n",
            f"tmp/{SECRET}": "",
            "proc/self/mounts": f"/dev/nvme0n1p1 / ext4 rw 0 0\n{HOST_NAME}:/home/{USER} /mnt/nfs nfs4 rw 0 0\n",
            ".dockerenv": "",
            f"home/{USER}/.conda/environments.txt": f"/home/{USER}/other\n/data/conda\n",
            "data/conda/conda-meta/python-3.11.9-h_0.json": "{}",
            "data/conda/lib/python3.11/site-packages/torch-2.9.0.dist-info/METADATA": "Name: torch\n",
            ".commands/index.json": json.dumps(commands),
            ".commands/dmesg.out": JOURNAL_LINES,
            ".commands/ls.out": json.dumps([device]),
        },
        {
            "opt/shared": f"../home/{USER}/env",
            f"home/{USER}/loop": "loop",
            "proc/7/fd/3": f"/data/{SECRET}",
            "proc/7/fd/4": "/dev/neuron0",
        },
    )
    return tmp_path / "personal"


def report(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what `diagnose` prints."""
    main(["diagnose", *arguments, "--as-of", "2026-11-21", "--format", "json"])
    return capsys.readouterr().out


def collect(*arguments: str) -> None:
    """Run `collect`, which has to succeed."""
    assert 0 == main(["collect", *arguments])


@pytest.mark.parametrize("host", HOSTS)
def test_host_snapshot_and_tree_give_equal_reports(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    """A redacted snapshot, a redacted tree, and a snapshot of that tree are judged alike."""
    root = str(TESTS / "hosts" / host)
    snapshot, tree, again = (str(tmp_path / name) for name in ("host.json", "tree", "again.json"))
    collect("--root", root, "--redaction-key", str(key), "--output", snapshot)
    collect("--root", root, "--redaction-key", str(key), "--tree", tree)
    collect("--root", tree, "--redaction-key", str(key), "--output", again)

    assert report("--snapshot", snapshot, capsys=capsys) == report("--root", tree, capsys=capsys)
    assert json.loads(Path(snapshot).read_text()) == json.loads(Path(again).read_text())


@pytest.mark.parametrize("host", HOSTS)
def test_a_tree_with_identifiers_is_the_host(tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str) -> None:
    """Without redaction the report of the tree is that of the host itself, and the files alone give it."""
    root, tree = str(TESTS / "hosts" / host), tmp_path / "tree"
    collect("--root", root, "--include-identifiers", "--tree", str(tree))

    assert report("--root", root, capsys=capsys) == report("--root", str(tree), capsys=capsys)
    assert not (tree / ".facts.json").exists()


def test_the_live_machine_gives_its_own_tree(tmp_path: Path, key: Path) -> None:
    """What no file of this machine shows is in the tree all the same: a tree of the tree holds the same facts."""
    tree, first, second = tmp_path / "tree", tmp_path / "first", tmp_path / "second"
    collect("--redaction-key", str(key), "--tree", str(tree), "--timeout", "60")
    collect("--root", str(tree), "--redaction-key", str(key), "--tree", str(first), "--timeout", "60")
    collect("--root", str(first), "--redaction-key", str(key), "--output", str(second), "--timeout", "60")
    once, twice = tmp_path / "once", json.loads(second.read_text())
    collect("--root", str(tree), "--redaction-key", str(key), "--output", str(once), "--timeout", "60")

    assert json.loads(once.read_text()) == twice


def test_nothing_in_a_tree_says_whose_it_is(personal: Path, tmp_path: Path, key: Path) -> None:
    """No name of a file, no content, no link and no output of a program holds an identifier."""
    tree = tmp_path / "tree"
    collect("--root", str(personal), "--redaction-key", str(key), "--tree", str(tree))
    found = []
    for path in sorted(tree.rglob("*")):
        content = os.readlink(path) if path.is_symlink() else path.read_text() if path.is_file() else ""  # noqa: PTH115
        found += [(path.name, word) for word in IDENTIFIERS if word in f"{path.relative_to(tree)}\n{content}"]

    assert [] == found


def test_a_redacted_tree_gives_the_redacted_facts(personal: Path, tmp_path: Path, key: Path) -> None:
    """Of the host with everything in it, too, and without a fact that had to be written down as such."""
    tree, from_host, from_tree = tmp_path / "tree", tmp_path / "host.json", tmp_path / "tree.json"
    collect("--root", str(personal), "--redaction-key", str(key), "--tree", str(tree))
    collect("--root", str(personal), "--redaction-key", str(key), "--output", str(from_host))
    collect("--root", str(tree), "--redaction-key", str(key), "--output", str(from_tree))
    text = from_host.read_text()

    assert json.loads(text) == json.loads(from_tree.read_text())
    assert [] == [word for word in IDENTIFIERS if word in text]
    assert not (tree / ".facts.json").exists()


def test_a_tree_is_private(personal: Path, tmp_path: Path) -> None:
    """Nobody but its owner may look into it, and nothing is left beside it."""
    collect("--root", str(personal), "--tree", str(tmp_path / "tree"))

    assert 0o700 == stat.S_IMODE((tmp_path / "tree").stat().st_mode)
    assert {"personal", "tree"} == {path.name for path in tmp_path.iterdir()}


def test_where_a_tree_may_be_written(personal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new directory or an empty one; anything else is left as it is, a link most of all."""
    empty, full, link = tmp_path / "empty", tmp_path / "full", tmp_path / "link"
    empty.mkdir()
    full.mkdir()
    (full / "mine").touch()
    link.symlink_to(empty)
    root = str(personal)

    assert 66 == main(["collect", "--root", root, "--tree", str(full)])
    assert 66 == main(["collect", "--root", root, "--tree", str(link)])
    assert 74 == main(["collect", "--root", root, "--tree", str(tmp_path / "no" / "such")])
    assert 0 == main(["collect", "--root", root, "--tree", str(empty)])
    assert ["mine"] == [path.name for path in full.iterdir()]
    assert {"empty", "full", "link", "personal"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("options", [("--output", "x"), ("--facts", "x"), ("--snapshot", "x")])
def test_a_tree_is_of_a_host(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert 64 == main(["collect", "--tree", str(tmp_path / "tree"), *options])


@pytest.mark.parametrize("content", ["[]", "{", '{"snapshot_version": "1.0", "facts": {"driver": 7}}', "\0"])
def test_damaged_recorded_facts(personal: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    """They are told in one line, as any input is."""
    (personal / ".facts.json").write_text(content)

    assert 66 == main(["diagnose", "--root", str(personal)])
    assert 1 == capsys.readouterr().err.count("\n")


def test_recorded_facts_count(personal: Path, tmp_path: Path) -> None:
    """They take the place of what the files say, and leave the rest."""
    (personal / ".facts.json").write_text(
        '{"snapshot_version": "1.0", "facts": {"driver": null},'
        ' "failures": [{"collector": "driver", "reason": "slow"}]}'
    )
    collect("--root", str(personal), "--output", str(tmp_path / "host.json"))
    written = json.loads((tmp_path / "host.json").read_text())

    assert written["facts"]["driver"] is None
    assert [{"collector": "driver", "reason": "slow"}] == written["failures"]
    assert "trn1.2xlarge" == written["facts"]["instance"]["instance_type"]


def test_a_short_key_is_refused(personal: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")

    assert 64 == main(["collect", "--root", str(personal), "--redaction-key", str(tmp_path / "key")])
