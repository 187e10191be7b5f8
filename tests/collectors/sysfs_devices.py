"""Made trees of Neuron devices, in the layouts that drivers have had."""

from __future__ import annotations

from collections.abc import Mapping

CLASS = "sys/class/neuron_device"
LIVE = {"sys/module/neuron/initstate": "live\n"}
FILES_2_26 = {
    "core_count": "2",
    "connected_devices": "12, 3, 4, 1\n",
    "dev": "246:0\n",
    "uevent": "MAJOR=246\nMINOR=0\nDEVNAME=neuron0\n",
    "reset": "1\n",
    "power/async": "disabled\n",
    "power/control": "auto\n",
    "power/runtime_status": "unsupported\n",
    "info/notify_delay": "-1\n",
    "info/serial_number": "00112233aabb0000\n",
    "info/architecture/arch_type": "NDv2\n",
    "info/architecture/device_name": "Trainium1\n",
    "info/architecture/instance_type": "Trn1\n",
    "stats/hardware/mem_ecc_repairable_uncorrected": "1\n",
    "stats/hardware/mem_ecc_uncorrected": "5\n",
    "stats/hardware/sram_ecc_uncorrected": "7\n",
    "stats/power/utilization": "POWER_STATUS_VALID,1787754600,0.10,2.82,1.57\n",
    "stats/memory_usage/host_mem/tensors/total": "0\n",
    "stats/memory_usage/host_mem/tensors/present": "1048576\n",
    "stats/memory_usage/host_mem/tensors/peak": "1048576\n",
}
CORE_2_26 = {
    "info/architecture/arch_type": "NCv2\n",
    "stats/status/success/total": "12\n",
    "stats/status/success/present": "7\n",
    "stats/status/hw_error/total": "1\n",
    "stats/status/hw_error/present": "1\n",
    "stats/status/unsupported_neff_version/total": "0\n",
    "stats/status/unsupported_neff_version/present": "0\n",
    "stats/other_info/flop_count/total": "2000\n",
    "stats/other_info/flop_count/present": "2000\n",
    "stats/memory_usage/host_mem/total": "4530176\n",
    "stats/memory_usage/host_mem/present": "4096\n",
    "stats/memory_usage/host_mem/peak": "5578752\n",
    "stats/memory_usage/device_mem/total": "17825792\n",
    "stats/memory_usage/device_mem/present": "1048576\n",
    "stats/memory_usage/device_mem/peak": "22020096\n",
    "stats/memory_usage/device_mem/tensors/total": "17825792\n",
    "stats/memory_usage/device_mem/tensors/present": "1048576\n",
    "stats/memory_usage/device_mem/tensors/peak": "17825792\n",
    "stats/tensor_engine/pe_cntrs": "xrow_grp,mm_active,wl_active,idle\n0,180388626474,0,42\n1,0,0,0\n",
}
FILES_2_7 = {
    "core_count": "4",
    "reset": "1\n",
    "dev": "243:0\n",
    "metrics/arch_type": "v1\n",
    "metrics/refresh_rate": "0\n",
}
CORE_2_7 = {
    "status/infer_completed_with_error/total": "3\n",
    "status/infer_completed_with_error/present": "1\n",
    "other_info/reset_count/total": "2\n",
    "other_info/reset_count/present": "1\n",
    "memory_usage/device_mem/total": "8192\n",
    "memory_usage/device_mem/present": "4096\n",
}
# Nobody has seen driver 2.31: only that nodes have left their places is known.
FILES_MOVED = {
    "core_count": "2",
    "info/identity/device_name": "Trainium2\n",
    "info/hbm/mem_ecc_uncorrected": "5\n",
    "health/sram/sram_ecc_uncorrected": "7\n",
    "health/unhealthy_components": "hbm,link_efa\n",
    "board/utilization": "POWER_STATUS_VALID,1787754600,0.10,2.82,1.57\n",
    "board/limits/watts": "300\n",
    "stats/host/host_mem/tensors/total": "4096\n",
    "stats/host/host_mem/tensors/present": "4096\n",
    "stats/host/host_mem/tensors/peak": "8192\n",
}
CORE_MOVED = {
    "arch/arch_type": "NCv3\n",
    "execution/success/total": "12\n",
    "execution/success/present": "7\n",
    "execution/brand_new_error/total": "2\n",
    "execution/brand_new_error/present": "1\n",
    "resets/reset_req_count/total": "1\n",
    "resets/reset_req_count/present": "1\n",
    "hbm/device_mem/total": "8192\n",
    "hbm/device_mem/present": "4096\n",
    "hbm/device_mem/peak": "8192\n",
    "thermal/celsius": "55\n",
    "latency/p99/total": "5\n",
    "latency/p99/present": "5\n",
}


def device(
    index: int = 0,
    *,
    files: Mapping[str, str] = FILES_2_26,
    core: Mapping[str, str] = CORE_2_26,
    cores: int = 1,
    prefix: str = "",
) -> dict[str, str | bytes | None]:
    """Return the files of one device; its cores have the files *core* in ``<prefix>neuron_core<N>``."""
    place = f"{CLASS}/neuron{index}"
    own = {f"{place}/{path}": text for path, text in files.items()}
    of_cores = {f"{place}/{prefix}neuron_core{n}/{path}": text for n in range(cores) for path, text in core.items()}
    return {**own, **of_cores}
