from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from tests.neffs import compile_cache, model

from neuron_collectors import compile_cache as subject
from neuron_collectors.compile_cache import (
    collect_compile_caches,
    parse_flags,
    parse_state,
    places_named_in,
    read_compile_cache,
)
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, CachedModules, CompileCache, Inventory, Neff, Unread
from neuron_collectors.redaction import redact
from neuron_collectors.shapes import ShapeError

from .conftest import AnotherUser, CollectLive, MakeHost

DEFAULT = "var/tmp/neuron-compile-cache"
OLD, NEW = "neuronxcc-2.16.372.0+4a9b2326", "neuronxcc-2.21.33363.0+82129205"
DONE = ("compile_flags.json", "model.done", "model.hlo_module.pb", "model.neff")
NO_STATES = Unread("not documented for this cache")


def only(caches: object) -> CachedModules:
    """Return the modules of the one compiler in the one cache."""
    assert isinstance(caches, tuple)
    (cache,) = caches
    assert isinstance(cache, CompileCache)
    assert isinstance(cache.compilers, tuple)
    (modules,) = cache.compilers
    assert isinstance(modules, CachedModules)
    return modules


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (("model.neff", "model.done"), "done"),
        (("model.neff", "model.done", "model.hlo_module.pb.lock", "model.log"), "done"),
        (("model.hlo_module.pb", "model.log"), "failed"),
        (("model.hlo_module.pb", "model.log", "model.hlo_module.pb.lock"), "failed"),
        (("model.hlo_module.pb", "model.hlo_module.pb.lock"), "locked"),
        (("model.neff", "model.neff.lock"), "locked"),
        (("model.neff", "model.hlo.pb"), "unfinished"),
        (("model.neff", "model.log"), "unfinished"),
        (("model.hlo_module.pb.gz", "compile_flags.json"), "empty"),
        (("model.done",), "empty"),
        ((), "empty"),
    ],
)
def test_the_state_of_a_module(names: tuple[str, ...], state: str) -> None:
    """A result with its mark counts more than a log, and a log more than a lock."""
    assert state == parse_state(names)


def test_what_one_compiler_left(make_host: MakeHost) -> None:
    """Every module is in one state; what the headers and the flags say is listed once."""
    files = compile_cache(
        [
            ("MODULE_3540044791706521849+4eb52b03", DONE),
            ("MODULE_de2a864004f00393b3df+4eb52b03", DONE),
            ("MODULE_7411938889920977621+d41d8cd9", ("model.hlo.pb", "model.log")),
            ("MODULE_198775565831884870+d41d8cd9", ("model.hlo_module.pb", "model.hlo_module.pb.lock")),
            ("MODULE_9219523464496887986+abb26765", ("model.hlo_module.pb", "model.neff")),
            ("MODULE_50a122f44c378e1567a4+ede6753c", ("model.hlo_module.pb",)),
            ("MODULE_98ba4c9111d5882d2331", ("model.neuron",)),
        ]
    )
    module = f"{DEFAULT}/{OLD}/MODULE_9219523464496887986+abb26765"
    files[f"{module}/model.neff"] = model(neff_version_major=1, feature_bits=0, lnc_size=1)
    files[f"{module}/compile_flags.json"] = b'["--target", "trn2", "-O1"]'
    files[f"{DEFAULT}/{OLD}/not-a-module/model.neff"] = b""
    host = make_host(files)
    lock = f"{DEFAULT}/{OLD}/MODULE_198775565831884870+d41d8cd9/model.hlo_module.pb.lock"
    os.utime(Path(host.root, lock), (1_760_000_000, 1_760_000_000.9))

    modules = only(collect_compile_caches(host))

    flags = ("--target=trn1", "--model-type=transformer")
    assert (
        CachedModules(
            compiler_version="2.16.372.0+4a9b2326",
            modules=7,
            done=2,
            failed=1,
            locked=1,
            unfinished=1,
            empty=2,
            unread=0,
            oldest_lock=1_760_000_000,
            size_bytes=sum(len(content) for path, content in files.items() if "/MODULE_" in path),
            neffs=3,
            damaged_neffs=0,
            neff_versions=("1.0", "2.0"),
            feature_bits=(0, 0xC00),
            lnc_sizes=(1, 2),
            targets=("trn1", "trn2"),
            flags={
                "4eb52b03": flags,
                "abb26765": ("--target", "trn2", "-O1"),
                "d41d8cd9": None,
                "ede6753c": None,
            },
        )
        == modules
    )


def test_compilers_by_name(make_host: MakeHost) -> None:
    """Each compiler version is counted apart; a layout that is not known is told from none."""
    host = make_host(
        {
            **compile_cache([("MODULE_1+d41d8cd9", DONE)], compiler=NEW),
            **compile_cache([("MODULE_1+d41d8cd9", DONE), ("MODULE_2+d41d8cd9", ())], compiler=OLD),
            f"{DEFAULT}/USER_neuroncc-1.0+deadbeef/MODULE_1/MODULE_0_SyncTensorsGraph.1/model.neff": model(),
            f"{DEFAULT}/neuronxcc-2.0.0.22266a0+a69f71e55/MODULE_9219523464496887986+abb26765/model.neff": model(),
            f"{DEFAULT}/lock": "",
        }
    )

    cache = read_compile_cache(host, DEFAULT)

    assert cache is not None
    assert isinstance(cache.compilers, tuple)
    assert (f"/{DEFAULT}", 1) == (cache.path, cache.unrecognised)
    assert [("2.0.0.22266a0+a69f71e55", 1), ("2.16.372.0+4a9b2326", 1), ("2.21.33363.0+82129205", 1)] == [
        (found.compiler_version, found.modules) for found in cache.compilers
    ]


def test_an_empty_cache(make_host: MakeHost) -> None:
    """A cache with nothing in it is there."""
    host = make_host({DEFAULT: None})

    assert (CompileCache(path=f"/{DEFAULT}", compilers=(), unrecognised=0),) == (collect_compile_caches(host))


def test_no_cache(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Where the default place could be looked at there is none; a tree without it has not collected any."""
    assert () == collect_compile_caches(make_host({"var/tmp/other": ""}))
    assert () == collect_live("compile_cache", "collect_compile_caches", {"etc/hostname": "x"})


def test_a_tree_that_holds_no_cache(make_host: MakeHost) -> None:
    """What was not captured is not absent."""
    assert NOT_COLLECTED == collect_compile_caches(make_host({"etc/hostname": "x"}))


def test_damaged_models_and_flags(make_host: MakeHost) -> None:
    """A NEFF that is none is counted as such; flags that are none say why, until another module has better ones."""
    module = f"{DEFAULT}/{OLD}/MODULE_"
    host = make_host(
        {
            f"{module}1+4eb52b03/model.neff": b"",
            f"{module}1+4eb52b03/model.done": b"",
            f"{module}1+4eb52b03/compile_flags.json": b"{",
            f"{module}2+4eb52b03/compile_flags.json": b'["-O2"]',
            f"{module}3+d41d8cd9/compile_flags.json": b'{"target": "trn1"}',
            f"{module}3+d41d8cd9/model.neff": model(header_size=4 << 30),
        }
    )

    modules = only(collect_compile_caches(host))

    assert (1, 1, 0, 2) == (modules.done, modules.unfinished, modules.neffs, modules.damaged_neffs)
    assert {"4eb52b03": ("-O2",), "d41d8cd9": Unread("not an array: an object")} == modules.flags
    assert () == modules.targets


@pytest.mark.parametrize("content", [b"", b"[1]", b"null", b"\xff", b"[" * 100_000])
def test_flags_that_are_none(content: bytes) -> None:
    """Flags are an array of texts."""
    with pytest.raises(ShapeError):
        parse_flags(content)


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A cache, a compiler's directory and a module that are closed say so, and cost no other."""
    host = make_host(
        {
            **compile_cache([("MODULE_1+d41d8cd9", DONE), ("MODULE_2+d41d8cd9", DONE)], compiler=OLD),
            **compile_cache([("MODULE_1+d41d8cd9", DONE)], compiler=NEW),
            "home/alice/.cache/vllm/neuron/compile_cache": None,
            "srv/cache": None,
        }
    )
    for path in (f"{DEFAULT}/{NEW}", f"{DEFAULT}/{OLD}/MODULE_1+d41d8cd9", "home/alice", "srv/cache"):
        Path(host.root, path).chmod(0o700)
    with another_user():
        caches = collect_compile_caches(host, places=["srv/cache"])

    assert isinstance(caches, tuple)
    given, default, alice = caches
    assert CompileCache(path="/srv/cache", compilers=PERMISSION, unrecognised=PERMISSION) == given
    assert ("/home/alice/.cache/vllm/neuron/compile_cache", PERMISSION) == (alice.path, alice.compilers)
    assert isinstance(default.compilers, tuple)
    old, new = default.compilers
    assert (2, 1, 1) == (old.modules, old.done, old.unread)
    assert ("2.21.33363.0+82129205", PERMISSION, PERMISSION) == (new.compiler_version, new.modules, new.done)


def test_a_directory_that_may_be_listed_but_not_entered(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Names alone are not enough for a count."""
    host = make_host(compile_cache([("MODULE_1+d41d8cd9", DONE)]))
    Path(host.root, DEFAULT, OLD, "MODULE_1+d41d8cd9").chmod(0o744)
    with another_user():
        modules = only(collect_compile_caches(host))

    assert (1, 1, 0) == (modules.modules, modules.unread, modules.done)


def test_many_closed_homes_are_one(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A cluster's homes do not fill the inventory."""
    host = make_host({f"home/user{number}/.cache": None for number in range(40)} | {DEFAULT: None})
    for number in range(40):
        Path(host.root, f"home/user{number}").chmod(0o700)
    with another_user():
        caches = collect_compile_caches(host)

    assert isinstance(caches, tuple)
    assert [f"/{DEFAULT}", "/home"] == [cache.path for cache in caches]


def test_the_cache_of_vllm(make_host: MakeHost) -> None:
    """Its models are counted and their headers read; what else its files mean is not documented."""
    key = "0123456789abcdef0123456789abcdef"
    host = make_host(
        {
            f"home/alice/.cache/vllm/neuron/compile_cache/{key}/graph.neff": model(),
            f"tmp/vllm_neuron_wdir_bob/neuron/compile_cache/{key}/graph.neff": model(lnc_size=1),
            f"tmp/vllm_neuron_wdir_bob/neuron/compile_cache/{key[::-1]}/x": "abc",
            "tmp/other/neuron/compile_cache/x": "",
        }
    )
    caches = collect_compile_caches(host)

    assert isinstance(caches, tuple)
    alice, bob = caches
    assert [
        "/home/alice/.cache/vllm/neuron/compile_cache",
        "/tmp/vllm_neuron_wdir_bob/neuron/compile_cache",  # noqa: S108 - a place on the host that is made here
    ] == [alice.path, bob.path]
    modules = only((bob,))
    assert (2, 1, (1,), len(model()) + 3) == (modules.modules, modules.neffs, modules.lnc_sizes, modules.size_bytes)
    assert NO_STATES == modules.done == modules.failed == modules.locked == modules.oldest_lock
    assert Unread("not in the names of this cache") == modules.compiler_version


def test_more_modules_than_are_looked_at(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache without end is counted in part, over all its compilers, and says so."""
    monkeypatch.setattr(subject, "MODULE_LIMIT", 3)
    modules = [(f"MODULE_{number}+d41d8cd9", DONE) for number in range(2)]
    host = make_host({**compile_cache(modules, compiler=OLD), **compile_cache(modules, compiler=NEW)})
    cache = read_compile_cache(host, DEFAULT)

    assert cache is not None
    assert isinstance(cache.compilers, tuple)
    assert [(2, 2, False), (2, 1, True)] == [(found.modules, found.done, found.partial) for found in cache.compilers]


@pytest.mark.parametrize(
    ("environment", "places"),
    [
        ({}, ()),
        ({"NEURON_COMPILE_CACHE_URL": "/data/cache/"}, ("data/cache",)),
        ({"NEURON_COMPILE_CACHE_URL": "s3://bucket/cache"}, ()),
        ({"NEURON_CC_FLAGS": "-O1 --cache_dir=/fsx/cache --no_cache"}, ("fsx/cache",)),
        ({"NEURON_CC_FLAGS": "--cache_dir /a", "NEURON_COMPILE_CACHE_URL": "/b"}, ("a",)),
        ({"NEURON_CC_FLAGS": "--cache_dir=s3://a/b", "NEURON_COMPILE_CACHE_URL": "/b"}, ()),
        ({"NEURON_CC_FLAGS": "--model-type=transformer", "NEURON_COMPILE_CACHE_URL": "/b"}, ("b",)),
        ({"NEURON_COMPILE_CACHE_URL": "relative"}, ()),
        (
            {"VLLM_CACHE_ROOT": "/v", "NEURON_LIBTORCH_REMOTE_CACHE": "/mnt/fsx"},
            ("v/neuron/compile_cache", "mnt/fsx"),
        ),
    ],
)
def test_caches_that_the_environment_names(environment: dict[str, str], places: tuple[str, ...]) -> None:
    """The flag counts more than the variable, and only what is on this machine can be read."""
    assert places == places_named_in(environment)


def test_a_large_cache_takes_no_time(make_host: MakeHost) -> None:
    """Caches of thousands of files are usual, and looked at in every run."""
    host = make_host(compile_cache([(f"MODULE_{number:020x}+4eb52b03", DONE) for number in range(500)]))
    start = time.process_time()
    modules = only(collect_compile_caches(host))

    assert time.process_time() - start < 0.5
    assert (500, 500, 500, 1) == (modules.modules, modules.done, modules.neffs, len(modules.flags))


def test_redaction_of_what_is_in_homes(make_host: MakeHost) -> None:
    """Neither the place of a cache or a model nor a compiler's flag names a user; everything else stays."""
    host = make_host(
        {
            "home/alice/.cache/vllm/neuron/compile_cache": None,
            **compile_cache([("MODULE_1+d41d8cd9", DONE)]),
            f"{DEFAULT}/{OLD}/MODULE_1+d41d8cd9/compile_flags.json": b'["--dump=/home/alice/x", "-O1"]',
        }
    )
    inventory = Inventory(
        neffs=(Neff(path="/home/alice/model.neff", target="cayman"),), compile_caches=collect_compile_caches(host)
    )
    redacted = redact(inventory, key=b"k" * 16)
    caches = redacted.compile_caches

    assert "alice" not in repr(redacted)
    assert isinstance(caches, tuple)
    modules = only(caches[:1])
    (flags,) = modules.flags.values()
    assert isinstance(flags, tuple)
    assert re.fullmatch(r"--dump=/home/user-[0-9a-f]{12}/x", flags[0])
    assert (1, "-O1", f"/{DEFAULT}") == (modules.done, flags[1], caches[0].path)
    assert redacted == redact(redacted, key=b"k" * 16)
    assert Inventory() == redact(Inventory(), key=b"k" * 16)
