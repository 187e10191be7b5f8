"""Put the captured host trees into the source distribution as they are, symlinks as symlinks."""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.utils import get_reproducible_timestamp, normalize_file_permissions

HOSTS = "tests/hosts"


class CustomBuildHook(BuildHookInterface[Any]):
    """Add `tests/hosts` to the finished archive."""

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's signature
        """Append the trees and compress again."""
        artifact = Path(artifact_path)
        hosts = Path(self.root, HOSTS)
        if not hosts.is_dir():
            return
        content = io.BytesIO(gzip.decompress(artifact.read_bytes()))
        prefix = artifact.name.removesuffix(".tar.gz")
        with tarfile.open(fileobj=content, mode="a", format=tarfile.PAX_FORMAT) as archive:
            archive.add(hosts, arcname=f"{prefix}/{HOSTS}", filter=_portable)
        artifact.write_bytes(gzip.compress(content.getvalue(), mtime=get_reproducible_timestamp()))


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
