from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.facts import (
    CachedModules,
    CompileCache,
    Failure,
    Instance,
    Inventory,
    Neff,
    NeuronDevice,
    NeuronLs,
    NeuronLsDevice,
    NeuronLsProcess,
    Process,
    PythonEnvironment,
    RuntimeLibrary,
    Unread,
)
from neuron_collectors.redaction import redact
from neuron_collectors.redaction_text import Redactor
from neuron_collectors.snapshot import dumps_inventory

from .strategies import inventories

KEY = b"0123456789abcdef"

# No word that stands in a snapshot anyway, so that finding one is a leak; long enough not to be in a hash by chance.
letters = st.text("ghjkmqvwxyz", min_size=8, max_size=12)
users = letters | st.builds("{}.{}".format, letters, letters) | st.builds("{}-{}".format, letters, letters)
host_names = st.builds("ip-10-{}-{}-{}".format, *[st.integers(100, 255)] * 3) | st.builds("{}-7".format, letters)
serial_numbers = st.text("0123456789abcdef", min_size=16, max_size=16)
instance_ids = st.sampled_from([8, 17]).flatmap(
    lambda length: st.text("0123456789abcdef", min_size=length, max_size=length).map("i-{}".format)
)


def personal_inventory(user: str, host: str, serial: str, instance: str) -> Inventory:
    """Return an inventory with each identifier in every place where a host may have it."""
    home = f"/home/{user}"
    secret = f"token-{user}"
    variables = {"NEURON_CC_FLAGS": f"--cache_dir={home}", "AWS_SECRET_ACCESS_KEY": secret, "NEURON_RT_NUM_CORES": "2"}
    return Inventory(
        instance=Instance(instance_type="trn1.2xlarge", instance_id=instance),
        devices=(NeuronDevice(index=0, serial_number=serial),),
        neuron_ls=NeuronLs(
            form="table",
            instance_id=instance,
            devices=(NeuronLsDevice(index=0, processes=(NeuronLsProcess(pid=1, command=f"{home}/run {secret}"),)),),
        ),
        python_environments=(
            PythonEnvironment(
                path=f"{home}/.pyenv/versions/3.10.14",
                direct_urls={"nki": f"https://{user}:{secret}@{host}/{user}/nki.whl", "x": f"file://{home}"},
            ),
        ),
        runtime_libraries=(RuntimeLibrary(path=f"{home}/lib/libnrt.so", environment=home, named_by=(f"{home}/unit",)),),
        neffs=(Neff(path=f"/data{home}/model.neff"),),
        compile_caches=(
            CompileCache(
                path=f"{home}/cache",
                compilers=(CachedModules(flags={"4eb52b03": (f"--dump={home}/dump", home)}),),
            ),
        ),
        environment=variables,
        processes=(Process(pid=1, command=f"{home}/bin/python {secret}", environment=variables),),
        log_lines=(
            f"2026-11-21T22:16:17.3Z {host} {user[:3]}[77]: loading {home}/model.neff on {host}",
            f"NRT:nrt_infodump  Instance ID: {instance}",
            f"NRT:nrt_infodump  Hostname: {host}",
        ),
        kernel_log=(
            (
                f"Nov 21 22:16:17 {host} kernel: [   12.3] NEURON_HW_ERR=DMA_ERROR instance-id={instance} "
                f"hostname={host} nd-id=3 nc-id=1 serial-num={serial} action=TERMINATE_INSTANCE"
            ),
            f"nd03: Serial numbers on left link pair don't match: {serial} vs.  {serial[::-1]}",
            f"nd03: left ultraserver link is miss-wired to nd05 ({serial})",
        ),
        pci=Unread(f"{home}: went away"),
        failures=(
            Failure(collector="dkms", reason=f"{home}/x: not JSON: 'i'"),
            Failure(collector="os", reason=instance),
        ),
    )


@given(users, host_names, serial_numbers, instance_ids)
def test_no_identifier_survives(user: str, host: str, serial: str, instance: str) -> None:
    """Wherever it stands, none of them is in the snapshot, and what is no identifier still is."""
    text = dumps_inventory(redact(personal_inventory(user, host, serial, instance), key=KEY))

    assert [] == [word for word in (user, host, serial, instance, f"token-{user}") if word in text]
    assert all(word in text for word in ("nki.whl", "DMA_ERROR", "TERMINATE_INSTANCE", "trn1.2xlarge", "miss-wired"))


@given(users, host_names, serial_numbers, instance_ids)
def test_redacting_twice_is_redacting_once(user: str, host: str, serial: str, instance: str) -> None:
    once = redact(personal_inventory(user, host, serial, instance), key=KEY)

    assert once == redact(once, key=KEY)


@given(inventories())
def test_any_inventory_is_redacted_for_good(inventory: Inventory) -> None:
    """Whatever is in it, an inventory can be redacted, and nothing changes the second time."""
    once = redact(inventory, key=KEY)

    assert once == redact(once, key=KEY)


@given(users, users)
def test_equal_names_stay_equal(one: str, other: str) -> None:
    """Under one key, a name has one pseudonym wherever it stands; under another, another."""
    redactor, stranger = Redactor(KEY), Redactor(KEY[::-1])

    assert (one == other) == (redactor.path(f"home/{one}") == redactor.path(f"home/{other}"))
    assert redactor.path(f"home/{one}/x").rpartition("/")[0] == redactor.path(f"home/{one}")
    assert redactor.path(f"home/{one}") != stranger.path(f"home/{one}")


@given(st.text())
def test_any_text_is_redacted_for_good(text: str) -> None:
    """Lines, paths and URLs of any characters."""
    redactor = Redactor(KEY)

    for redacted in (redactor.line, redactor.path, redactor.text, redactor.url):
        assert redacted(text) == redacted(redacted(text))


def test_what_is_harmless_stays() -> None:
    """An inventory without identifiers is the same afterwards."""
    environment = PythonEnvironment(path="/opt/env", packages={"torch": "2.9.1", "neuronx-cc": "2.21.0+abc"})
    plain = Inventory(python_environments=(environment,), environment={"NEURON_RT_VISIBLE_CORES": "0-3"})

    assert plain == redact(plain, key=KEY)
    assert replace(plain, environment={"PATH": "[redacted]"}) == redact(
        replace(plain, environment={"PATH": "/x"}), key=KEY
    )
