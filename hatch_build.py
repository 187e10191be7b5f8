"""
What hatchling cannot do by itself.

The source distribution gets the captured host trees as they are, symlinks as symlinks; the wheel gets a manual page and
the shells' completions, made from the program's own parsers.
"""

from __future__ import annotations

import gzip
import io
import json
import posixpath
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.utils import get_reproducible_timestamp, normalize_file_permissions

HOSTS = "tests/hosts"
SOURCES = ("agent", "collectors")
COMPLETIONS = {
    "bash": "share/bash-completion/completions/neuron-validator",
    "zsh": "share/zsh/site-functions/_neuron-validator",
    "fish": "share/fish/vendor_completions.d/neuron-validator.fish",
}
MANUAL = "share/man/man1/neuron-validator.1"


class CustomBuildHook(BuildHookInterface[Any]):
    """Add what the archive is to hold beside the packages."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the shared files of a wheel; one that only points at this folder does without."""
        if self.target_name != "wheel" or version != "standard":
            return
        self._folder = tempfile.TemporaryDirectory()
        with _importable(Path(self.root)):
            texts = shared_files(Path(self.root))
        for number, (place, text) in enumerate(texts.items()):
            file = Path(self._folder.name, str(number))
            file.write_text(text, encoding="utf-8")
            build_data["shared_data"][str(file)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's signature
        """Append the trees to a source distribution and compress it again."""
        artifact = Path(artifact_path)
        hosts = Path(self.root, HOSTS)
        if self.target_name != "sdist" or not hosts.is_dir():
            return
        content = io.BytesIO(gzip.decompress(artifact.read_bytes()))
        prefix = artifact.name.removesuffix(".tar.gz")
        with tarfile.open(fileobj=content, mode="a", format=tarfile.PAX_FORMAT) as archive:
            archive.add(hosts, arcname=f"{prefix}/{HOSTS}", filter=_portable)
        artifact.write_bytes(gzip.compress(content.getvalue(), mtime=get_reproducible_timestamp()))


def shared_files(root: Path) -> dict[str, str]:
    """Return the text of each file below the environment's prefix, by its place there."""
    import shtab  # noqa: PLC0415 - source distributions are built without
    from argparse_manpage.manpage import Manpage  # noqa: PLC0415

    from neuron_validator import __version__  # noqa: PLC0415 - on the path only meanwhile
    from neuron_validator.cli.manual import build_parser  # noqa: PLC0415

    parser = build_parser()
    header = json.loads((root / "agent/neuron_validator/data/catalog.json").read_text(encoding="utf-8"))
    about = {"date": header["date"], "version": __version__, "manual_title": "Neuron host environment validator"}
    completions = {place: shtab.complete(parser, shell) for shell, place in COMPLETIONS.items()}
    return {**completions, MANUAL: str(Manpage(parser, {**about, "description": parser.description}))}


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """Have the sources below *root* on the import path meanwhile."""
    before = sys.path[:]
    sys.path[:0] = [str(root / source) for source in SOURCES]
    try:
        yield
    finally:
        sys.path[:] = before


def _portable(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Drop what differs between two builders, as hatchling does, and links that installers refuse to unpack."""
    if posixpath.basename(member.name) == "__pycache__":
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = get_reproducible_timestamp()
    member.mode = normalize_file_permissions(member.mode) if member.isfile() else 0o755
    if member.issym() and member.linkname.startswith("/"):
        member.linkname = _within_tree(member.name, member.linkname)
    return member


def _within_tree(name: str, target: str) -> str:
    """
    Say an absolute *target* relative to its link, inside the captured tree.

    Absolute in a captured tree means from the tree's root, so both forms lead to the same file; but PEP 706 has
    installers refuse a source distribution with absolute links.

    >>> _within_tree("neuron-validator-1/tests/hosts/trn1/lib/modules/source", "/usr/src/aws-neuronx")
    '../../usr/src/aws-neuronx'
    """
    inside = name.split(f"{HOSTS}/", 1)[1].split("/", 1)[1]
    return posixpath.relpath(target, start="/" + posixpath.dirname(inside))
