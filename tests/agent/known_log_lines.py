"""
A line for every pattern of the catalog, made by hand: what it must recognise, with its groups, and what it must not.

The second line is the near miss: nearly the same words, and another meaning or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Known(NamedTuple):
    """One row: a line of the pattern, the groups in it, and a line that is none."""

    hit: str
    groups: Mapping[str, str]
    miss: str


HEAD = "2025-Sep-19 18:57:20.782962  4444:4444  ERROR  "

KNOWN: Mapping[str, Known] = {
    "LOG-CACHE-001": Known(
        "INFO ||NCC_WRAPPER||: Got a cached failed neff at /cache/MODULE_1/model.neff. Will skip compilation",
        {"path": "/cache/MODULE_1/model.neff."},
        "INFO ||NCC_WRAPPER||: Got a cached neff at /cache/MODULE_1/model.neff",
    ),
    "LOG-CACHE-002": Known(
        "INFO ||NEURON_CACHE||: Using a cached neff at /cache/MODULE_1/model.neff",
        {"path": "/cache/MODULE_1/model.neff"},
        "INFO ||NEURON_CACHE||: Using a cached neff",
    ),
    "LOG-CACHE-003": Known(
        "RuntimeError: RunNeuronCCImpl: error condition !(error != 400): open model: [Errno 61] No data available",
        {},
        "RuntimeError: RunNeuronCCImpl: error condition !(error != 400): [Errno 28] No space left on device",
    ),
    "LOG-CACHE-004": Known(
        "INFO ||NEURON_CACHE||: No candidate found under /cache/USER_neuroncc-2.1/MODULE_3.",
        {"path": "/cache/USER_neuroncc-2.1/MODULE_3."},
        "No candidate found",
    ),
    "LOG-CC-001": Known(
        "CCOM WARN NCCL init error: Error opening libnccom.so, cannot use collective operations!",
        {},
        "Error opening libnccom_net.so",
    ),
    "LOG-CC-002": Known(
        "NRT WARN Unable to run multi-instance workload.  Ofi plugin is not installed or EFA is not enabled",
        {},
        "Unable to run multi-instance workload.",
    ),
    "LOG-CC-003": Known(
        "2026-Feb-23 01:42:57.0395 4137:4161 [0] net.cc:97 CCOM WARN OFI plugin initNet() failed is EFA enabled?",
        {},
        "OFI plugin initNet() succeeded",
    ),
    "LOG-CC-004": Known(
        "NCCL WARN Timeout waiting for incoming connection (waited 240 sec) - retrying",
        {"waited_s": "240"},
        "NCCL WARN Timeout waiting for the moon (waited 240 sec) - retrying",
    ),
    "LOG-CC-005": Known(
        "NCCL WARN Connect to 10.0.0.5:48620 failed - retrying",
        {"address": "10.0.0.5:48620"},
        "Upload of model failed - retrying",
    ),
    "LOG-CC-006": Known(
        "NCCL WARN TX, connection closed by remote peer",
        {},
        "connection closed by remote host",
    ),
    "LOG-CC-007": Known(
        "efa 0000:10:19.0 rdmap16s25: Failed to process command DEREG_MR (opcode 8) comp_status 7 err -22",
        {},
        "efa 0000:10:19.0 rdmap16s25: Failed to process command DEREG_MR (opcode 8) comp_status 1 err -5",
    ),
    "LOG-CC-008": Known(
        "NCCL WARN No usable listening interface found",
        {},
        "NCCL WARN No usable interface",
    ),
    "LOG-CC-009": Known(
        "WARN Invalid NCCL_COMM_ID [a-very-long-name.cluster:41211], please use format: <ipv4>:<port>",
        {"address": "a-very-long-name.cluster:41211"},
        "WARN Invalid NCCL_COMM_ID []",
    ),
    "LOG-CC-010": Known(
        "Linux kernel 5.4 requires setting FI_EFA_FORK_SAFE=1 environment variable.",
        {},
        "FI_EFA_FORK_SAFE=1 is set",
    ),
    "LOG-CC-011": Known(
        "ip-10-0-0-1:77:99 [3] socket.cc:121 CCOM WARN Call to accept failed : Too many open files",
        {},
        "CCOM WARN Call to accept failed : Connection refused",
    ),
    "LOG-CC-012": Known(
        "2025-Jan-02 03:04:05.0607 1:1 INFO ENC:check_version  Using CCOM 2.23.133.0-3e70920f2",
        {"collectives_version": "2.23.133.0-3e70920f2"},
        "Using CCOM from the container",
    ),
    "LOG-CC-013": Known(
        "ERROR nixl_agent.cpp: createBackend: unsupported backend 'LIBFABRIC'",
        {},
        "ERROR nixl_agent.cpp: createBackend: unsupported backend 'UCX'",
    ),
    "LOG-CC-014": Known(
        'W grpc_remote_master.cc:157] RPC failed with status = "UNAVAILABLE: Socket closed" and grpc_error_string = ""',
        {"message": "Socket closed"},
        'RPC failed with status = "UNAVAILABLE: keepalive watchdog timeout"',
    ),
    "LOG-CC-015": Known(
        "_dl_allocate_tls_init: Assertion `listp->slotinfo[cnt].gen <= GL(dl_tls_generation)' failed!",
        {},
        "_dl_allocate_tls_init: slotinfo[cnt].gen <= GL(dl_tls_generation)",
    ),
    "LOG-DRV-001": Known(
        "neuron:neuron_dhal_init: Unknown HW architecture: 4. Can't init neuron_dhal.",
        {"architecture": "4"},
        "Unknown HW architecture",
    ),
    "LOG-DRV-002": Known(
        "[   12.3] Could not retrieve device index (read timeout)",
        {},
        "[   12.3] Could not retrieve device index",
    ),
    "LOG-DRV-003": Known("[   12.3] duplicate routing id 15 found", {"routing_id": "15"}, "duplicate routing id found"),
    "LOG-DRV-004": Known(
        "[   12.3] scheduling unload of neuron due to duplicate routing id",
        {"module": "neuron"},
        "[   12.3] scheduling unload of neuron",
    ),
    "LOG-DRV-005": Known("[   12.3] Invalid device index 77", {"routing_id": "77"}, "Invalid device index (read)"),
    "LOG-DRV-006": Known(
        "[  130.874024] neuron:ncdev_open: nd11 is in an invalid state",
        {"device": "11"},
        "end11 is in an invalid state",
    ),
    "LOG-DRV-007": Known(
        "[   12.3] neuron:ncdev_open: nd4: pid 90193 failed to open",
        {"device": "4", "pid": "90193"},
        "[   12.3] neuron:ncdev_open: nd4: pid 90193 opened",
    ),
    "LOG-DRV-008": Known(
        "neuron:ndma_memcpy_wait_for_completion: DMA completion timeout on nd03 for UDMA_ENG_33 q0 desc count 2",
        {"device": "03", "engine": "UDMA_ENG_33", "queue": "0"},
        "neuron:ndma_memcpy_wait_for_completion: DMA completion",
    ),
    "LOG-DRV-009": Known(
        "neuron:ndma_memcpy: Failed to copy memory during a NeuronCore reset: nd 2, src 0x10, dst 0x20, size 5. "
        "Retrying the copy.",
        {"device": "2"},
        "neuron:ndma_memcpy: Failed to copy memory during a NeuronCore reset: nd 2, src 0x10, dst 0x20, size 5.",
    ),
    "LOG-DRV-010": Known(
        "neuron:fw_io_execute_request: seq: 12, cmd: 3 timed out",
        {"sequence": "12", "command": "3"},
        "neuron:fw_io_execute_request: seq: 12, cmd: 3 done",
    ),
    "LOG-DRV-011": Known(
        "neuron:fw_io_ecc_read: failed to get ecc error count from the device for ecc_offset=96",
        {},
        "neuron:fw_io_ecc_read: failed to get ecc error count",
    ),
    "LOG-DRV-012": Known(
        "neuron:mp_init_device_mem: small genpool size 268435456 is invalid, skipping small genpool",
        {"needed_bytes": "268435456"},
        "small genpool size is invalid",
    ),
    "LOG-DRV-013": Known(
        "neuron:mc_alloc_internal: no space in main genpool for HBM 1, needed 4096, trying small genpool",
        {"pool": "main", "hbm": "1", "needed_bytes": "4096"},
        "neuron:mc_alloc_internal: no space in other genpool for HBM 1, needed 4096",
    ),
    "LOG-DRV-014": Known(
        "neuron:ncdev_misc_ioctl: invalid misc IOCTL -1072673140 (dir=3, type=78, nr=140, size=16)",
        {"command": "-1072673140", "ioctl_number": "140", "ioctl_size": "16"},
        "neuron:ncdev_misc_ioctl: invalid misc",
    ),
    "LOG-DRV-015": Known(
        "neuron:ncdev_mem_buf_zerocopy64: experimental zerocopy API is now obsolete",
        {},
        "experimental zerocopy API is in use",
    ),
    "LOG-DRV-016": Known(
        "neuron:ncdev_ioctl: NEURON_IOCTL_DMA_QUIESCE_QUEUES is no longer supported",
        {},
        "neuron:ncdev_ioctl: NEURON_IOCTL_DMA_QUIESCE_QUEUES done",
    ),
    "LOG-DRV-017": Known(
        "neuron:ncdev_ioctl: Process not allowed to request cmd=3221769750, pid not attached",
        {"command": "3221769750"},
        "Process not allowed to request cmd=, pid not attached",
    ),
    "LOG-DRV-018": Known(
        "neuron:nr_reset_thread_fn: nd7: reset request 4711 was initiated, but failed to complete",
        {"device": "7", "request": "4711"},
        "neuron:nr_reset_thread_fn: nd7: reset request 4711 was initiated",
    ),
    "LOG-DRV-019": Known(
        "neuron:npe_get_aggregated: nd00: left ultraserver link is miss-wired to nd05 (00112233aabb0005)",
        {"device": "00", "side": "left"},
        "nd00: left ultraserver link is wired",
    ),
    "LOG-DRV-020": Known(
        "neuron:npe_check: nd01: election failed. right neighbor reported bad election status",
        {"side": "right"},
        "nd01: election failed.",
    ),
    "LOG-DRV-021": Known(
        "nd02: Serial numbers on left link pair don't match: 00112233aabb0001 vs.  00112233aabb0002",
        {"side": "left"},
        "nd02: Serial numbers on left link pair match",
    ),
    "LOG-DRV-022": Known(
        "[ND 3] Total Uncorrected ecc err count is 0, but repair state is 1 which is invalid.",
        {"device": "3", "errors": "0", "repair_state": "1"},
        "[ND 3] Total Uncorrected ecc err count is 0",
    ),
    "LOG-DRV-023": Known("neuron:nsysfsmetric: HBM repair failed", {}, "neuron:nsysfsmetric: HBM repair pending"),
    "LOG-DRV-024": Known(
        "neuron:ncdev_hbm_scrub_wait: Scrub failed for nd5 HBM 2: scrub context corrupted",
        {"device": "5", "hbm": "2"},
        "neuron:ncdev_hbm_scrub_wait: Scrub failed for nd HBM 2",
    ),
    "LOG-DRV-025": Known(
        "neuron:ncdev_map: Unsupported Neuron Core Mapping verion 2 for v3 arch",
        {"mapping": "2", "architecture": "3"},
        "Unsupported Neuron Core Mapping",
    ),
    "LOG-DRV-026": Known(
        "neuron:neuron_pci_module_init: Failed to register neuron inf driver -16", {}, "Failed to register neuron"
    ),
    "LOG-DRV-027": Known(
        "neuron:ndma_init_v2: SDMA ENG:33 init failed", {"engine_kind": "SDMA", "engine": "33"}, "SDMA ENG:33 init"
    ),
    "LOG-DRV-028": Known(
        "neuron:mc_alloc: nd 3 HBM 0: Could not allocate 4096 bytes at offset 8192 for contiguous scratchpad",
        {"device": "3", "needed_bytes": "4096"},
        "neuron:mc_alloc: contiguous scratchpad",
    ),
    "LOG-DRV-029": Known(
        "[    7.865627] neuron: module verification failed: signature and/or required key missing - tainting kernel",
        {},
        "[    7.865627] nvidia: module verification failed: signature and/or required key missing - tainting kernel",
    ),
    "LOG-DRV-030": Known(
        "neuron:nr_reset_thread_fn: nd9: failed to initialize dma after reset",
        {"device": "9"},
        "neuron:nr_reset_thread_fn: failed to initialize dma after reset",
    ),
    "LOG-DRV-031": Known(
        "neuron-driver 0000:cc:00.0: create device node failed", {}, "neuron-driver 0000:cc:00.0: create device node"
    ),
    "LOG-DRV-032": Known(
        "sysfs failed to read power stats from FWIO, error = -1", {"what": "power stats"}, "sysfs failed to read a file"
    ),
    "LOG-DRV-033": Known(
        "neuron: version magic '5.15.0-1 SMP mod_unload ' should be '6.8.0-1021-aws SMP mod_unload '",
        {"built_for": "5.15.0-1 SMP mod_unload ", "kernel": "6.8.0-1021-aws SMP mod_unload "},
        "nvme: version magic '5.15.0-1 SMP mod_unload ' should be '6.8.0-1021-aws SMP mod_unload '",
    ),
    "LOG-DRV-034": Known(
        "neuron: disagrees about version of symbol module_layout",
        {"symbol": "module_layout"},
        "nvme: disagrees about version of symbol module_layout",
    ),
    "LOG-DRV-035": Known(
        "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
        {"process": "modprobe"},
        "Lockdown: modprobe: debugfs access is restricted; see man kernel_lockdown.7",
    ),
    "LOG-DRV-036": Known(
        "cannot set sysfs metrics for nc_id=-1, metric_id=97 of attr_type OTHER",
        {"core": "-1", "metric": "97", "kind": "OTHER"},
        "cannot set sysfs metrics",
    ),
    "LOG-DRV-037": Known(
        "neuron:npid_attach: neuron:npid_attach: pid=315, slot=2",
        {"change": "attach", "pid": "315", "slot": "2"},
        "neuron:npid_print_usage: pid=315",
    ),
    "LOG-DRV-038": Known(
        "[    8.3] ** BDF: a0:1b.0 => nd[15] (routing id: 3)",
        {"pci_address": "a0:1b.0", "device": "15", "routing_id": "3"},
        "[    8.3] ** BDF: a0:1b.0 => nd[] (routing id: 3)",
    ),
    "LOG-DRV-039": Known(
        "neuron:nr_reset_thread_fn: nd5: initiating TPB reset request 4711",
        {"device": "5", "scope": "TPB"},
        "neuron:nr_reset_thread_fn: nd5: Coalesced 2 reset requests",
    ),
    "LOG-EX-001": Known(
        "nrtd[77]: Error notifications found on NC 3 INFER_ERROR_SUBTYPE_NUMERICAL",
        {},
        "nrtd[77]: INFER_ERROR_SUBTYPE_PARITY",
    ),
    "LOG-EX-002": Known(
        HEAD + "TDRV:tsync_wait_eng_stop   nd2 nc1 Timestamp program stop timeout (1000 ms)",
        {"device": "2", "core": "1", "timeout_ms": "1000"},
        HEAD + "TDRV:tsync_wait_eng_stop   nd2 nc1 Timestamp program stop",
    ),
    "LOG-EX-003": Known(
        HEAD
        + "TDRV:init CRITICAL HW ERROR: One or more engines are running. Please restart device by reloading driver:",
        {},
        "One or more engines are running",
    ),
    "LOG-EX-004": Known(
        HEAD + "TDRV:exec [ND 1][NC 0] execution timeout (30000 ms), potentially caused by DGE notifications enabled.",
        {},
        HEAD + "TDRV:exec DGE notifications enabled.",
    ),
    "LOG-EX-005": Known(
        HEAD + "TDRV:exec nd0:nc0: failed to run scatter/gather (indirect memory copy via vector DGE), due to "
        "out-of-bound access.",
        {},
        HEAD + "TDRV:exec failed to run a copy, due to out-of-bound access.",
    ),
    "LOG-EX-006": Known(
        HEAD + "NMGR:dlr_infer  Inference completed with err: 1003. mode->h_nn=9",
        {"status": "1003"},
        HEAD + "NMGR:dlr_infer  Inference completed",
    ),
    "LOG-EX-007": Known(
        HEAD + "TDRV:exec_consume_tpb_status_notifications   Missing infer_status notification: (end:2)",
        {"engine": "2"},
        "Missing infer_status notification",
    ),
    "LOG-EX-008": Known("GPSIMD EXCEPTION OCCURRED: DIVIDE BY ZERO", {}, "GPSIMD EXCEPTION"),
    "LOG-EX-009": Known(
        HEAD + "TDRV:exec_consume_infer_status_notifications  something new",
        {},
        HEAD + "TDRV:exec_consume_tpb_status_notifications  something new",
    ),
    "LOG-EX-010": Known("GPSIMD EXCEPTION OCCURRED: ILLEGAL INSTRUCTION", {}, "GPSIMD ILLEGAL INSTRUCTION"),
    "LOG-EX-011": Known(
        "(NON-FATAL, Ignoring) inference timeout (180000 ms) on Neuron Device 0 NC 1, waiting for cc status",
        {},
        "(NON-FATAL, Ignoring) inference",
    ),
    "LOG-EX-012": Known(
        HEAD + "TDRV:exec_wait_round_robin   [ND 6][NC 1] Out of bounds access on model a.neff",
        {"device": "6", "core": "1"},
        HEAD + "TDRV:exec_wait_round_robin   Out of bounds access on model a.neff",
    ),
    "LOG-EX-013": Known(
        HEAD + "NRT:nrt_execute_repeat   Failed to execute model a.neff with status 1006",
        {"status": "1006"},
        HEAD + "NRT:nrt_execute_repeat   Failed to execute model a.neff",
    ),
    "LOG-EX-014": Known(
        HEAD + "TDRV:notification_consume_errors Error notifications found on NC:3; action=ABORT",
        {},
        HEAD + "TDRV:notification_consume_errors Error notifications",
    ),
    "LOG-EX-015": Known(
        HEAD
        + "TDRV:exec [ND 1][NC 4] execution on model a.neff, is stuck after all collectives operation have completed",
        {},
        HEAD + "TDRV:exec [ND 1][NC 4] execution on model a.neff, is stuck",
    ),
    "LOG-FW-001": Known(
        "OSError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.35' not found (required by /opt/venv/lib/x.so)",
        {"needed_glibc": "2.35", "library": "/opt/venv/lib/x.so"},
        "version `GLIBCXX_3.4.30' not found (required by /opt/venv/lib/x.so)",
    ),
    "LOG-FW-002": Known(
        "ImportError: /opt/venv/_XLAC.cpython-310-x86_64-linux-gnu.so: undefined symbol: _ZNK3c104Type",
        {"symbol": "_ZNK3c104Type"},
        "ImportError: /opt/venv/_C.cpython-310-x86_64-linux-gnu.so: undefined symbol _ZNK3c104Type",
    ),
    "LOG-FW-003": Known(
        'ImportError: generic_type: type "XlaBuilder" is already registered!',
        {"type": "XlaBuilder"},
        'ImportError: generic_type: type "Tensor" is already registered!',
    ),
    "LOG-FW-004": Known(
        "[Errno 2] No such file or directory: '/opt/venv/bin/libneuronpjrt-path'",
        {},
        "[Errno 2] No such file or directory: '/opt/venv/bin/libneuronpjrt.so'",
    ),
    "LOG-FW-005": Known(
        "OSError: libcrypt.so.1: cannot open shared object file: No such file or directory",
        {},
        "OSError: libcrypt.so.2: version not found",
    ),
    "LOG-FW-006": Known(
        "TypeError: Descriptors cannot not be created directly.", {}, "TypeError: Descriptors cannot be compared"
    ),
    "LOG-FW-007": Known(
        "RuntimeError: module compiled against API version 0x10 but this version of numpy is 0xf",
        {"compiled_api": "0x10", "numpy_api": "0xf"},
        "RuntimeError: module compiled against ABI version 0x10 but this version of numpy is 0xf",
    ),
    "LOG-FW-008": Known(
        "ERROR 99 [neuronx-cc]: Error message:  module 'numpy' has no attribute 'asscalar'",
        {},
        "module 'numpy' has no attribute 'float'",
    ),
    "LOG-FW-009": Known(
        "ImportError: cannot import name 'neuronx_cc_new' from 'libneuronxla' (/opt/venv/libneuronxla/__init__.py)",
        {"symbol": "neuronx_cc_new"},
        "ImportError: cannot import name 'x' from 'libother'",
    ),
    "LOG-FW-010": Known(
        "F external/xla/parse_flags.cc:222] Unknown flags in XLA_FLAGS: --xla_a --xla_b", {}, "Unknown flags in FLAGS"
    ),
    "LOG-FW-011": Known(
        "INVALID_ARGUMENT: Mismatched PJRT plugin PJRT API version (0.40) and framework PJRT API version 0.54)",
        {"plugin_api": "0.40", "framework_api": "0.54"},
        "PJRT plugin PJRT API version (0.40) and framework PJRT API version 0.54",
    ),
    "LOG-FW-012": Known(
        "RuntimeError: error condition !(args->struct_size == ss): 80 vs 72", {}, "args->struct_size == ss"
    ),
    "LOG-FW-013": Known(
        "AttributeError: module 'torch_xla.core.xla_model' has no attribute 'get_ordinal'",
        {"attribute": "get_ordinal"},
        "AttributeError: module 'torch_xla.core.xla_model' has no attribute 'get_ordinals'",
    ),
    "LOG-FW-014": Known(
        "TypeError: must be called with a dataclass type or instance", {}, "TypeError: must be called with a dataclass"
    ),
    "LOG-FW-015": Known(
        "TypeError: __init__() got an unexpected keyword argument 'decoupled_weight_decay'",
        {},
        "TypeError: __init__() got an unexpected keyword argument 'weight_decay'",
    ),
    "LOG-FW-016": Known(
        "RuntimeError: Could not find the operator torchvision::nms. Make sure you imported the module",
        {},
        "RuntimeError: Could not find the operator torchvision::roi_align",
    ),
    "LOG-FW-017": Known(
        "docker.errors.DockerException: Error: Not supported URL scheme http+unix",
        {},
        "Not supported URL scheme https+unix",
    ),
    "LOG-FW-018": Known(
        "TypeError: request() got an unexpected keyword argument 'chunked'",
        {},
        "TypeError: request() got an unexpected keyword argument 'chunks'",
    ),
    "LOG-FW-019": Known(
        "AttributeError: module 'torch.jit' has no attribute '_script_if_tracing'",
        {},
        "AttributeError: module 'torch.jit' has no attribute '_script'",
    ),
    "LOG-FW-020": Known(
        "RuntimeError: Unknown builtin op: neuron::forward_v2_1.",
        {"operator": "v2_1"},
        "RuntimeError: Unknown builtin op: other::forward_1.",
    ),
    "LOG-FW-021": Known(
        "ImportError: Invalid dependency version torch==1.12.1+cpu. Expected torch==1.11.0",
        {"found": "torch==1.12.1+cpu", "expected": "torch==1.11.0"},
        "ImportError: Invalid dependency version torch==1.12.1",
    ),
    "LOG-FW-022": Known(
        "ImportError: /opt/venv/lib/libsomething.so.3: undefined symbol: _Z3foov",
        {"library": "libsomething.so.3", "symbol": "_Z3foov"},
        "ld: undefined symbol: _Z3foov",
    ),
    "LOG-FW-023": Known(
        "tool: error while loading shared libraries: libz3.so.4: cannot open shared object file: No such file",
        {"library": "libz3.so.4"},
        "model: cannot open shared object file",
    ),
    "LOG-FW-024": Known(
        "ModuleNotFoundError: No module named 'torch_neuronx.xla_impl'",
        {"module": "torch_neuronx.xla_impl"},
        "ModuleNotFoundError: No module named torch_neuronx",
    ),
    "LOG-FW-025": Known(
        "optimum-cli export: error: invalid choice: 'neuronx' (choose from 'onnx')",
        {},
        "optimum-cli export: error: invalid choice: 'gpu' (choose from 'onnx')",
    ),
    "LOG-FW-026": Known(
        "WARNING:Neuron:torch.neuron.trace error: cannot import tensorflow",
        {"message": "cannot import tensorflow"},
        "WARNING:Neuron:torch.neuron.trace",
    ),
    "LOG-FW-027": Known(
        "ValueError: Attempted to use an uninitialized parameter in <built-in method x>. Run a forward pass first",
        {},
        "ValueError: Attempted to use a parameter",
    ),
    "LOG-HW-001": Known(
        HEAD + "TDRV:x (FATAL-RT-UNDEFINED-STATE) [ND 3][NC 1] Uncorrectable memory error is detected, metadata: 0x16.",
        {"device": "3", "core": "1", "metadata": "0x16"},
        "Correctable memory error is detected, metadata: 0x16",
    ),
    "LOG-HW-002": Known(
        "(FATAL-RT-UNDEFINED-STATE) Uncorrectable HBM memory error is detected. Results may be wrong. Please terminate",
        {},
        "Uncorrectable HBM memory error is detected. Please reload the neuron driver or reboot your instance",
    ),
    "LOG-HW-003": Known(
        "Uncorrectable HBM memory error is detected. Results may be invalid. Please reload the neuron driver or reboot",
        {},
        "Uncorrectable HBM memory error is detected. Please terminate this instance",
    ),
    "LOG-HW-004": Known(
        "(FATAL-RT-UNDEFINED-STATE) missing collectives status on Neuron Device 12 NC 0, model 4 - suspected hang",
        {"device": "12", "core": "0"},
        "missing collectives status on NC 0",
    ),
    "LOG-HW-005": Known(
        "(FATAL-RT-UNDEFINED-STATE) inference timeout (600000 ms) on Neuron Device 4 NC 1, waiting for completion",
        {"timeout_ms": "600000", "device": "4", "core": "1"},
        "inference timeout (600000 ms) on Neuron Device 4 NC 1",
    ),
    "LOG-HW-006": Known(
        "[ 99.1] NEURON_HW_ERR=HANG_ON_COLLECTIVES instance-id=i-0 hostname=a nd-id=7 nc-id=1 serial-num=0 action=NONE",
        {"error": "HANG_ON_COLLECTIVES", "device": "7", "core": "1"},
        "[ 99.1] NEURON_HW_ERR=",
    ),
    "LOG-HW-007": Known(
        HEAD + "TDRV:x [MLA 2][NC 1] DMA RX engine 5 is in an abort state",
        {"device": "2", "core": "1", "direction": "RX", "engine": "5"},
        HEAD + "TDRV:x DMA engine 5 is in an abort state",
    ),
    "LOG-HW-NPD-DMA_ERROR": Known(
        "NEURON_HW_ERR=DMA_ERROR instance-id=i-0 hostname=a nd-id=2 nc-id=0 serial-num=0 action=TERMINATE_INSTANCE",
        {"device": "2", "core": "0"},
        "NEURON_HW_ERR=DMA_ERRORS nd-id=2",
    ),
    "LOG-HW-NPD-HBM_UNCORRECTABLE_ERROR": Known(
        "[1.5] NEURON_HW_ERR=HBM_UNCORRECTABLE_ERROR instance-id=i-0 hostname=a nd-id=15",
        {"device": "15"},
        "[1.5] NEURON_HW_ERR=HBM_CORRECTABLE_ERROR nd-id=15",
    ),
    "LOG-HW-NPD-NC_UNCORRECTABLE_ERROR": Known(
        "kernel: NEURON_HW_ERR=NC_UNCORRECTABLE_ERROR", {}, "kernel: HW_ERR=NC_UNCORRECTABLE_ERROR"
    ),
    "LOG-HW-NPD-SRAM_UNCORRECTABLE_ERROR": Known(
        "NEURON_HW_ERR=SRAM_UNCORRECTABLE_ERROR nd-id=0 nc-id=3 action=TERMINATE_INSTANCE",
        {"device": "0", "core": "3"},
        "NEURON_HW_ERR=XSRAM_UNCORRECTABLE_ERROR nd-id=0",
    ),
    "LOG-INFO-001": Known(
        "2026-May-20 01:02:03.000004 9:9 INFO NRT:nrt_init  Neuron Runtime 2.32.31.0-abc built on May 16 2026",
        {"runtime_version": "2.32.31.0"},
        "Neuron Runtime 2.32.31.0",
    ),
    "LOG-INFO-002": Known(
        "2026-May-20 01:02:03.000004 9:9 INFO NRT:nrt_init  Found neuron driver: 2.29",
        {"driver_version": "2.29"},
        "Found neuron driver:",
    ),
    "LOG-INFO-003": Known(
        "[ 5.1] Neuron Driver Started with Version:2.31.7.0-0123456789abcdef0123456789abcdef01234567 at: 2026-nov-21",
        {"driver_version": "2.31.7.0", "revision": "0123456789abcdef0123456789abcdef01234567"},
        "[ 5.1] Neuron Driver Started",
    ),
    "LOG-INFO-004": Known("nrtd build using:1.1.1402.0", {"runtime_version": "1.1.1402.0"}, "nrtd build using"),
    "LOG-INFO-005": Known(
        HEAD + "NRT:nrt_infodump   Driver version: 2.26.5.0", {"driver_version": "2.26.5.0"}, "Driver version: 550.54"
    ),
    "LOG-INFO-006": Known(
        HEAD + "NRT:nrt_infodump   NRT version: 2.x.33931.0 (8be979e9)",
        {"runtime_version": "2.x.33931.0"},
        HEAD + "NRT:nrt_infodump   NRT version: unknown",
    ),
    "LOG-INFO-007": Known(
        HEAD + "NRT:nrt_infodump   CCOM version: 2.0.35440.0- (compat 78)",
        {"collectives_version": "2.0.35440.0"},
        HEAD + "NRT:nrt_infodump   CCOM version: ",
    ),
    "LOG-INFO-008": Known(
        HEAD + "NRT:nrt_infodump   Failure: NRT_EXEC_BAD_INPUT in nrt_execute()",
        {"status_name": "NRT_EXEC_BAD_INPUT", "call": "nrt_execute"},
        HEAD + "NRT:nrt_infodump   Failure: none",
    ),
    "LOG-INFO-009": Known(
        "ERROR 77 [neuronx-cc]:   NeuronX Compiler version 2.14.213.0+013d129b",
        {"compiler_version": "2.14.213.0+013d129b"},
        "ERROR 77 [neuronx-cc]:   NeuronX Compiler version",
    ),
    "LOG-INFO-010": Known(
        "RuntimeError: execution failed: NRT_EXEC_NC_BUSY (1005)",
        {"status_name": "NRT_EXEC_NC_BUSY"},
        "F neuron_runtime.h:1033] Check failed: status == NRT_SUCCESS",
    ),
    "LOG-INST-001": Known(
        "Module build for kernel 6.8.0-1021-aws was skipped since the kernel headers do not seem to be installed.",
        {"kernel": "6.8.0-1021-aws"},
        "Module build for kernel 6.8.0-1021-aws was finished",
    ),
    "LOG-INST-002": Known(
        "Error! Bad return status for module build on kernel: 6.17.0-1001-aws (x86_64)",
        {"kernel": "6.17.0-1001-aws"},
        "Error! Bad return status for module build",
    ),
    "LOG-INST-003": Known(
        "   ERROR: Cannot unload neuron module - it is currently in use.", {}, "   ERROR: Cannot unload neuron module"
    ),
    "LOG-INST-004": Known(
        "W: GPG error: https://apt.repos.neuron.amazonaws.com jammy InRelease: EXPKEYSIG 0123456789ABCDEF AWS Neuron",
        {"key": "0123456789ABCDEF"},
        "W: GPG error: NO_PUBKEY 0123456789ABCDEF",
    ),
    "LOG-INST-005": Known(
        "/var/lib/dpkg/info/x.postinst: 5: /usr/lib/dkms/common.postinst: not found", {}, "/usr/lib/dkms/common"
    ),
    "LOG-INST-006": Known(
        "/var/lib/dkms/x/build/neuron_pci.c:377:9: fatal error: linux/x.h: No such file or directory",
        {},
        "/var/lib/dkms/x/build/nvme_pci.c:377:9: error: implicit declaration",
    ),
    "LOG-INST-007": Known(
        "It is likely that 6.1.0-9-amd64 belongs to a chroot's host",
        {"kernel": "6.1.0-9-amd64"},
        "belongs to a chroot's host",
    ),
    "LOG-INST-008": Known(
        "No match for argument: aws-neuronx-tools",
        {"package": "aws-neuronx-tools"},
        "E: Unable to locate package aws-cli",
    ),
    "LOG-INST-009": Known("Error! pre_build failed, aborting build.", {"script": "pre_build"}, "pre_install succeeded"),
    "LOG-INST-010": Known(
        " installed aws-neuronx-dkms package pre-removal script subprocess returned error exit status 1",
        {"package": "aws-neuronx-dkms", "script": "pre-removal", "exit_status": "1"},
        " installed nginx package pre-removal script subprocess returned error exit status 1",
    ),
    "LOG-INST-011": Known(
        "ImportError: WRONG PACKAGE. Please install from pip.repos.neuron.amazonaws.com",
        {},
        "ImportError: WRONG PACKAGE",
    ),
    "LOG-INST-012": Known(
        "torch-neuronx 2.1.2.2.2.0 requires torch==2.1.*, but you have torch 2.2.0 which is incompatible.",
        {
            "package": "torch-neuronx",
            "version": "2.1.2.2.2.0",
            "requirement": "torch==2.1.*",
            "found": "torch 2.2.0",
        },
        "torch-neuronx requires torch==2.1.*, which is incompatible.",
    ),
    "LOG-INST-013": Known(
        "    neuronx-cc 2.14.213.0+013d129b depends on numpy<=1.25.2 and >=1.22.2",
        {"package": "neuronx-cc", "version": "2.14.213.0+013d129b", "requirement": "numpy<=1.25.2 and >=1.22.2"},
        "    what to do depends on the model",
    ),
    "LOG-INST-014": Known(
        "ERROR: Package 'jax' requires a different Python: 3.9.2 (3.9.2 not in: '>=3.10')",
        {"python_version": "3.9.2", "requirement": ">=3.10"},
        "ERROR: Package 'jax' requires a different Python",
    ),
    "LOG-INST-015": Known(
        "ERROR: No matching distribution found for torch-neuronx==1.13.*",
        {"requirement": "torch-neuronx==1.13.*"},
        "ERROR: No matching distribution found for torchaudio==1.13.*",
    ),
    "LOG-INST-016": Known(
        "modprobe: FATAL: Module neuron not found in directory /lib/modules/6.8.0-1021-aws",
        {"path": "/lib/modules/6.8.0-1021-aws"},
        "modprobe: FATAL: Module neurons not found in directory /lib/modules/6.8.0-1021-aws",
    ),
    "LOG-INST-017": Known(
        "modprobe: ERROR: could not insert 'neuron': Key was rejected by service",
        {"message": "Key was rejected by service"},
        "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
    ),
    "LOG-MEM-001": Known(
        "neuron:mc_alloc_internal: device mempool [1:0] total 17179869184 occupied 17179869000 needed 4096 available "
        "- main gen pool 184, small gen pool 0",
        {
            "pool": "1:0",
            "total_bytes": "17179869184",
            "occupied_bytes": "17179869000",
            "needed_bytes": "4096",
            "available_bytes": "184",
        },
        "neuron:mc_alloc: device mempool [1:0] total 17179869184",
    ),
    "LOG-MEM-002": Known(
        HEAD + "TDRV:tdrv_one_tmpbuf_reserve   Number of ONE TMPBUF pages requested exceeded the max number of pages",
        {},
        HEAD + "TDRV:tdrv_one_tmpbuf_reserve   Number of ONE TMPBUF pages requested: 4",
    ),
    "LOG-MEM-003": Known(
        HEAD + "HAL:aws_hal_sprot_config_remap_entry SPROT remap destination address must be aligned size",
        {},
        HEAD + "HAL:aws_hal_sprot_config_remap_entry SPROT remap destination address",
    ),
    "LOG-MEM-004": Known(
        "[ 77.7] Memory cgroup out of memory: Killed process 4711 (walrus_driver) total-vm:1kB",
        {"pid": "4711", "process": "walrus_driver"},
        "[ 77.7] Out of memory and no killable processes",
    ),
    "LOG-MEM-005": Known(
        "subprocess: neuron-cc failed with -15", {"signal": "-15"}, "subprocess: neuron-cc failed with 1"
    ),
    "LOG-MEM-006": Known(
        "concurrent.futures.process.BrokenProcessPool: A process in the pool was terminated abruptly",
        {},
        "BrokenThreadPool",
    ),
    "LOG-MEM-007": Known(
        "run.sh: line 12:  4711 Killed                  python3 train.py", {}, "The job was Killed by its owner"
    ),
    "LOG-NC-001": Known(
        HEAD + "NRT:nrt_allocate_neuron_cores   NeuronCore(s) not available - Requested:nc0-nc3 Available:2",
        {"requested": "nc0-nc3", "available": "2"},
        HEAD + "NRT:x   NeuronCore(s) not available",
    ),
    "LOG-NC-002": Known(
        "NRT:  26638:26638 ERROR  TDRV:db_vtpb_get_mla_and_tpb   Could not find VNC id 17",
        {"core": "17"},
        "Could not find VNC",
    ),
    "LOG-NC-003": Known("ERROR: Neuron cores are not contiguous", {}, "ERROR: Neuron cores are contiguous"),
    "LOG-NC-004": Known(
        HEAD + "TDRV:tdrv_init_mla_phase1   Could not open the nd14", {"device": "14"}, "Could not open the nd"
    ),
    "LOG-NC-005": Known("Error: No neuron device available", {}, "Error: No device available"),
    "LOG-NC-006": Known(
        "ValueError: Unsupported topology. Supported number of Neuron Cores is 1, 2, 8 or 32",
        {},
        "ValueError: Unsupported topology.",
    ),
    "LOG-NC-007": Known("[NRTD:Init] MLA logical Ids must be contiguous", {}, "MLA logical Ids are contiguous"),
    "LOG-NC-008": Known(
        "[NMGR:kmgr_create_eg] Not enough free NCs to allocate 4 members group",
        {"requested": "4"},
        "Not enough free NCs",
    ),
    "LOG-NC-009": Known(
        "2026-Jan-05 06:07:08.000009 1:1 ERROR   NRT:nrt_allocate_neuron_cores   no cores",
        {},
        "2026-Jan-05 06:07:08.000009 1:1 INFO   NRT:nrt_allocate_neuron_cores   cores 0-1",
    ),
    "LOG-NC-010": Known(
        "ls: cannot access '/dev/neuron0': No such file or directory",
        {},
        "ls: cannot access '/dev/nvme9': No such file or directory",
    ),
    "LOG-NC-011": Known(
        'docker: error while adding custom device "/dev/neuron3": no such file or directory',
        {"path": "/dev/neuron3"},
        'docker: error while adding custom device "/dev/fuse": no such file or directory',
    ),
    "LOG-NC-012": Known(
        "level=error msg=open /run/infa-map.json: no such file or directory", {}, "reading /run/infa-map.json"
    ),
    "LOG-NC-013": Known(
        "0/3 nodes are available: 2 Insufficient aws.amazon.com/neuroncore, 1 Insufficient memory.",
        {},
        "0/3 nodes are available: 2 Insufficient nvidia.com/gpu",
    ),
    "LOG-NC-014": Known(
        'neuron-device-plugin: Get "https://10.0.0.1:443/api": dial tcp 10.0.0.1:443: i/o timeout',
        {},
        "neuron-device-plugin: started",
    ),
    "LOG-NC-015": Known("/bin/sh: line 1: lspci: command not found", {}, "/bin/sh: line 1: lspcix: command not found"),
    "LOG-NEFF-001": Known(
        "NEFF version mismatch supported: 1.1 received: 2.0",
        {"supported_neff": "1.1", "neff_version": "2.0"},
        "NEFF version mismatch",
    ),
    "LOG-NEFF-002": Known(
        HEAD + "NMGR:x NEFF version: 2.0, features: 0x400 are not supported.  Currently supporting: 0x80000000000001ff",
        {"neff_version": "2.0", "needed_features": "0x400", "supported_features": "0x80000000000001ff"},
        HEAD + "NMGR:x NEFF version: 2.0, features: 0x400. Currently supporting: 0xfff",
    ),
    "LOG-NEFF-003": Known(
        HEAD + "NMGR:x NEFF version 2.0 uses unsupported features: [0x2000]",
        {"neff_version": "2.0", "needed_features": "0x2000"},
        HEAD + "NMGR:x NEFF version 2.0 uses features: [0x2000]",
    ),
    "LOG-NEFF-004": Known(
        HEAD + "TDRV:translate_one_pseudo_instr_v2   Unsupported hardware operator code 219 found in neff.",
        {"opcode": "219"},
        HEAD + "TDRV:x   Unsupported hardware operator code",
    ),
    "LOG-NEFF-005": Known(
        "ERROR TDRV:kbl_model_add Attempting to load an incompatible model!",
        {},
        "Attempting to load an incompatible model",
    ),
    "LOG-NEFF-006": Known(
        "RuntimeError: Could not load the model status=4 message=Allocation Failure",
        {"status": "4", "message": "Allocation"},
        "RuntimeError: Could not load the model",
    ),
    "LOG-NEFF-007": Known("RuntimeError: nrt_load status=9", {"status": "9"}, "RuntimeError: nrt_load failed"),
    "LOG-NEFF-008": Known(
        HEAD + "NMGR:kmgr_load_nn_post_metrics   Failed to load NN: bert.neff, err: 10",
        {"model": "bert.neff", "status": "10"},
        HEAD + "NMGR:x   Failed to load NN: bert.neff",
    ),
    "LOG-NEFF-009": Known(
        "ENC:x global comm 7 has less channels than this replica group", {}, "global comm 7 has channels"
    ),
    "LOG-NEFF-010": Known(
        "Pretrained model is compiled with neuron-cc(1.22.0.0+abc) newer than current compiler (1.19.0.0+def), which",
        {"package": "neuron-cc", "compiled_with": "1.22.0.0+abc", "compiler_version": "1.19.0.0+def"},
        "Pretrained model is compiled with neuron-cc(1.22.0.0+abc)",
    ),
    "LOG-NEFF-011": Known(
        "UserWarning: this graph was compiled with a newer version of torch-neuronx than the one here",
        {},
        "compiled with a version of torch-neuron",
    ),
    "LOG-NEFF-012": Known(
        "Attempted to read a PyTorch file with version 3, but the maximum supported version for reading is 2",
        {"file_version": "3", "supported_file": "2"},
        "Attempted to read a PyTorch file with version 3, but the minimum supported version for reading is 4",
    ),
    "LOG-NEFF-013": Known(
        "RuntimeError: forward() expected at most 5 argument(s) but received 6 argument(s)",
        {},
        "RuntimeError: forward() expected 5 argument(s)",
    ),
    "LOG-NEFF-014": Known(
        "INTERNAL: during context [NeuronHloVerifier]: Binary op with different element types",
        {},
        "INTERNAL: during context [pre-optimization]: Binary op",
    ),
    "LOG-NEFF-015": Known(
        "NTFF version 130 is not supported in this version of the tool (supported: 1 - 6). Please upgrade",
        {"file_version": "130", "supported_file": "1 - 6"},
        "NTFF version 5",
    ),
    "LOG-RT-001": Known(
        HEAD + "NRT:nrt_init   Unable to determine Neuron Driver version. Please check the package.",
        {},
        "Unable to determine the driver version",
    ),
    "LOG-RT-002": Known(
        HEAD + "NRT:nrt_init   Unable to read compatible Driver version.", {}, "Unable to read Driver version"
    ),
    "LOG-RT-003": Known(
        HEAD + "NRT:nrt_init  Neuron Runtime 2.x requires Neuron driver(aws-neuron-dkms) version 2.1 or above.",
        {"needed_driver": "2.1"},
        "requires Neuron Driver version two or greater",
    ),
    "LOG-RT-004": Known(
        "This Neuron Runtime (compatibility id: 12) is not compatible with the installed aws-neuronx-dkms package.",
        {"compat_id": "12", "package": "aws-neuronx-dkms"},
        "This Neuron Runtime (compatibility id: 12) is compatible",
    ),
    "LOG-RT-005": Known(
        "Installed aws-neuron-dkms supports Runtime compatibility id range: 5 - 11.",
        {"compat_min": "5", "compat_max": "11"},
        "supports Runtime compatibility id range",
    ),
    "LOG-RT-006": Known(
        "2023-Dec-01 09:34:12.0559  1:1  ERROR  HAL:aws_hal_tpb_pooling_write_profile  failed programming the engine",
        {},
        "HAL:aws_hal_tpb_pooling_write_profile done",
    ),
    "LOG-RT-007": Known(
        HEAD + "TDRV:arch_init    Architecture not found 1", {"architecture": "1"}, "Architecture not found 1"
    ),
    "LOG-RT-008": Known(
        "python: tdrv.c:99: tdrv_get_number_devices_on_instance: Assertion `device_count != 0' failed.",
        {},
        "tdrv_get_number_devices_on_instance: device_count != 0",
    ),
    "LOG-RT-009": Known(
        "neuron-top: symbol lookup error: undefined symbol: nrt_get_version, version NRT_3.0.0",
        {"symbol": "nrt_get_version", "symbol_version": "NRT_3.0.0"},
        "neuron-top: symbol lookup error: undefined symbol: nrt_get_version",
    ),
    "LOG-RT-010": Known(
        "OSError: libnrt.so.1: cannot open shared object file: No such file or directory", {}, "libnrt.so.1 opened"
    ),
    "LOG-RT-011": Known(
        "RuntimeError: Incompatible runtime state: NRT_STATE_CHILD", {}, "RuntimeError: state NRT_STATE_CHILD"
    ),
    "LOG-RT-012": Known("NEURONPOC : nrt_init failed. Status = 2", {"status": "2"}, "nrt_init failed."),
    "LOG-RT-013": Known(
        HEAD + "NRT:nrt_init    Failed to initialize devices, error:1", {"status": "1"}, "Failed to initialize devices"
    ),
    "LOG-RT-014": Known("[NMGR:kmgr_init] No devices were specified", {}, "No devices were found"),
    "LOG-RT-015": Known(
        "The Neuron Runtime GRPC server at address 127.0.0.1:50051 is unavailable.",
        {"address": "127.0.0.1:50051"},
        "The Neuron Runtime GRPC server is up",
    ),
    "LOG-RT-016": Known(
        "RuntimeError: The PyTorch Neuron Runtime could not be initialized. Neuron Driver issues are logged",
        {},
        "The PyTorch Neuron Runtime is up",
    ),
    "LOG-RT-017": Known(
        "neuron-rtd: /a/b/tpb.c:77: tpb_init: Assertion `tpb != NULL' failed.",
        {"file": "tpb.c"},
        "main.py:77: Assertion `tpb != NULL'",
    ),
    "LOG-RT-018": Known(
        'level=fatal msg="Failed to load MLA system information" error="failed to discover Neuron devices"',
        {},
        "failed to discover devices",
    ),
    "LOG-RT-019": Known(
        HEAD + "NRT:nrt_init   Please check /dev/neuron3 is accessible.", {}, "Please check /dev/nvme0 is accessible."
    ),
    "LOG-RT-020": Known("The PyTorch Neuron Runtime could not be initialized", {}, "The PyTorch Neuron Runtime is up"),
}
