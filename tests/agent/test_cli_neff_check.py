from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.neffs import KELF, compile_cache, model, model_members

from neuron_validator.cli import main

TRN2 = ("--runtime", "2.31", "--target", "trn2")
DAY = ("--as-of", "2026-11-21")

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """A function that writes the files, runs ``neff check`` beside them and returns exit code and both outputs."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, files: dict[str, bytes] | None = None) -> tuple[int, str, str]:
        for name, content in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
        code = main(["neff", "check", *DAY, *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def document(output: str) -> dict[str, Any]:
    """Return what a check printed as JSON."""
    parsed = json.loads(output)
    assert isinstance(parsed, dict)
    return parsed


def for_target(target: str) -> bytes:
    """Return a model that was compiled for *target*."""
    return model({**model_members(), "kelf-0.json": json.dumps({**KELF, "target": target}).encode()})


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (TRN2, 0, []),
        (("--target", "trn2.48xlarge"), 0, []),
        (("--target", "Trainium2"), 0, []),
        (("--target", "trn1"), 2, ["neff-target-mismatch"]),
        (("--target", "trn1", "--fail-on", "never"), 0, ["neff-target-mismatch"]),
        (("--runtime", "2.10"), 0, ["neff-newer-than-compiler"]),
        (("--runtime", "1.5.0.0"), 2, ["neff-version-unsupported"]),
        (("--runtime", "1.6.5.0"), 0, []),
    ],
)
def test_a_file_against_what_is_named(check: Check, arguments: tuple[str, ...], code: int, found: list[str]) -> None:
    """A laptop with no Neuron software judges a model of neuronx-cc 2.23 for Trainium2 against what it names."""
    exit_code, out, _ = check("model.neff", *arguments, "--format", "json", files={"model.neff": model()})

    assert (code, found) == (exit_code, [finding["id"] for finding in document(out)["findings"]])


def test_the_page(check: Check) -> None:
    """It begins with what was held against what, and ends with the verdict."""
    code, out, _ = check("model.neff", *TRN2, files={"model.neff": model()})

    assert 0 == code
    assert out.startswith("Models     1 compiled model\nAgainst    runtime 2.31, Trainium2\n\nVerdict    PASS")


def test_nothing_to_judge_against(check: Check, tmp_path: Path) -> None:
    """A tree that says neither runtime nor device gives no verdict, and says which options do."""
    code, out, _ = check("--root", str(tmp_path), "model.neff", files={"model.neff": model()})

    assert 3 == code
    assert "runtime library and device" in out


def test_a_host(check: Check) -> None:
    """A captured tree has the files and is what they are held against: one of Trainium1 here."""
    files = {
        "root/sys/class/dmi/id/product_name": b"trn1.32xlarge\n",
        "root/sys/class/dmi/id/sys_vendor": b"Amazon EC2\n",
        "root/srv/model.neff": model(),
    }
    code, out, _ = check("--root", "root", "/srv", files=files)

    assert 2 == code
    assert "model.neff was compiled for cayman (Trn2), and this is Trn1" in out


@pytest.mark.parametrize("content", [b"x", model()[:2000]])
def test_what_cannot_be_read_is_no_pass(check: Check, content: bytes) -> None:
    """A file that is no model, or only a part of one, is named, and the others are judged."""
    code, out, _ = check(".", *TRN2, files={"good.neff": model(), "bad.neff": content})

    assert 3 == code
    assert "bad.neff: " in out
    assert "1 could not be read" in check(".", *TRN2, "--format", "json")[1]


def test_a_fault_outweighs_what_cannot_be_read(check: Check) -> None:
    """What was found counts, whatever else could not be judged."""
    assert 2 == check(".", "--target", "trn1", files={"good.neff": model(), "bad.neff": b"x"})[0]


def test_an_empty_directory(check: Check) -> None:
    """Without a model there is no verdict."""
    code, out, _ = check(".", *TRN2)

    assert 3 == code
    assert "Models     0 compiled models" in out


def test_a_path_that_is_not_there(check: Check) -> None:
    """It is an input that is missing."""
    assert 66 == check("nowhere", *TRN2)[0]


def test_a_cache_by_its_own_words(check: Check) -> None:
    """Of a model in a compile cache the header is enough: compiler and target stand beside it."""
    cache = compile_cache([("MODULE_12+4eb52b03", ["model.neff", "model.done", "compile_flags.json"])])
    top = next(iter(cache)).partition("/neuronxcc")[0]
    header_only = check(top, "--header-only", "--target", "trn2", "--format", "json", files=cache)[1]
    report = document(header_only)

    assert ["neff-target-mismatch"] == [finding["id"] for finding in report["findings"]]
    assert {"checked": 1, "headers_only": 0, "runtime": None, "chip": "Trainium2"} == report["neffs"]


def test_many_files_are_judged_by_their_headers(check: Check) -> None:
    """Beyond a hundred, payloads are looked into on request only, and the page says what that costs."""
    files = {f"{number}.neff": for_target("sunda") for number in range(101)}

    code, out, _ = check(".", *TRN2, files=files)
    assert (0, True) == (code, "101 by the header alone, without the target" in out)
    assert 2 == check(".", *TRN2, "--metadata")[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--target", "trn9"),
        ("--runtime", "latest"),
        ("--root", ".", *TRN2),
        ("--runtime", "", "--target", "trn1"),
        ("--metadata", "--header-only"),
        ("--as-of", "1999-01-01", *TRN2),
    ],
)
def test_usage_errors(check: Check, arguments: tuple[str, ...]) -> None:
    """What makes no sense is told in one line."""
    code, out, err = check("model.neff", *arguments, files={"model.neff": model()})

    assert (64, "", 1) == (code, out, len(err.splitlines()))


def test_diagnose_judges_models_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--neff`` adds files to whatever host is judged."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.json").write_text('{"instance_type": "trn1"}', encoding="utf-8")
    (tmp_path / "model.neff").write_bytes(model())
    (tmp_path / "bad.neff").write_bytes(b"x")
    code = main(["diagnose", "--facts", "facts.json", *DAY, "--neff", "model.neff", "--neff", "bad.neff"])
    out = capsys.readouterr().out

    assert 2 == code
    assert "neff-target-mismatch" in out
    assert "Unread     neffs: " in out
