from __future__ import annotations

import pytest

from neuron_collectors.ld_so_conf import parse_ld_so_conf, read_loader_directories

from .conftest import MakeHost

DEBIAN = "include /etc/ld.so.conf.d/*.conf\n\n"
MULTIARCH = "# Multiarch support\n/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ()),
        (DEBIAN, (("include", "/etc/ld.so.conf.d/*.conf"),)),
        ("include ld.so.conf.d/*.conf\n", (("include", "ld.so.conf.d/*.conf"),)),
        (MULTIARCH, (("directory", "/usr/local/lib/x86_64-linux-gnu"), ("directory", "/lib/x86_64-linux-gnu"))),
        ("  /opt/aws/neuron/lib \t# Neuron\n", (("directory", "/opt/aws/neuron/lib"),)),
        ("/usr/lib=libc6\n", (("directory", "/usr/lib"),)),
        ("include\ta.conf b.conf\n", (("include", "a.conf"), ("include", "b.conf"))),
        ("hwcap 0 nosegneg\ninclude\nlib\nincluded x\n", ()),
        ("/a\0/b", (("directory", "/a"), ("directory", "/b"))),
    ],
)
def test_lines(text: str, lines: tuple[tuple[str, str], ...]) -> None:
    """Directories are absolute, the rest of a line after a hash is a comment, and other keywords do not count."""
    assert lines == parse_ld_so_conf(text)


def test_directories_in_the_loaders_order(make_host: MakeHost) -> None:
    """What is included stands where it is included, by the names of the files; each with the file that names it."""
    host = make_host(
        {
            "etc/ld.so.conf": "/first\ninclude ld.so.conf.d/*.conf\n/last\n",
            "etc/ld.so.conf.d/neuron.conf": "/opt/aws/neuron/lib\n",
            "etc/ld.so.conf.d/efa.conf": "/opt/amazon/efa/lib64\n",
            "etc/ld.so.conf.d/README": "/not/read\n",
        }
    )

    assert [
        ("first", "/etc/ld.so.conf"),
        ("opt/amazon/efa/lib64", "/etc/ld.so.conf.d/efa.conf"),
        ("opt/aws/neuron/lib", "/etc/ld.so.conf.d/neuron.conf"),
        ("last", "/etc/ld.so.conf"),
    ] == list(read_loader_directories(host))


def test_what_includes_itself_ends(make_host: MakeHost) -> None:
    """A file is read once, and neither files nor directories are read without end."""
    host = make_host(
        {
            "etc/ld.so.conf": "include /etc/*.conf\ninclude /etc/many/*\n" + "/a\n" * 600,
            **{f"etc/many/{number:03}": "/b\n" for number in range(300)},
        }
    )

    found = list(read_loader_directories(host))

    assert 500 == len(found)
    assert 100 == len({file for _, file in found})


def test_no_configuration(make_host: MakeHost) -> None:
    assert [] == list(read_loader_directories(make_host()))
