"""Every check, in the order in which a person should look at them."""

from ..findings import Check
from .baseline import CHECKS as _BASELINE
from .catalog import CHECKS as _CATALOG
from .compiling import CHECKS as _COMPILING
from .containers import CHECKS as _CONTAINERS
from .cores import CHECKS as _CORES
from .dependencies import CHECKS as _DEPENDENCIES
from .device_health import CHECKS as _DEVICE_HEALTH
from .devices import CHECKS as _DEVICES
from .driver import CHECKS as _DRIVER
from .driver_update import CHECKS as _DRIVER_UPDATE
from .health import CHECKS as _HEALTH
from .libraries import CHECKS as _LIBRARIES
from .lifecycle import CHECKS as _LIFECYCLE
from .logs import CHECKS as _LOGS
from .majors import CHECKS as _MAJORS
from .module import AFTER_DRIVER as _MODULE_AT_BOOT
from .module import BEFORE_DRIVER as _MODULE
from .neff import CHECKS as _NEFF
from .packages import CHECKS as _PACKAGES
from .pairs import CHECKS as _PAIRS
from .platform import CHECKS as _PLATFORM
from .processes import CHECKS as _PROCESSES
from .python import CHECKS as _PYTHON
from .requirements import CHECKS as _REQUIREMENTS
from .settings import CHECKS as _SETTINGS
from .witnesses import CHECKS as _WITNESSES

CHECKS: tuple[Check, ...] = (
    *_HEALTH,
    *_DEVICE_HEALTH,
    *_CONTAINERS,
    *_MODULE,
    *_DRIVER,
    *_PAIRS,
    *_LIBRARIES,
    *_MAJORS,
    *_NEFF,
    *_PYTHON,
    *_REQUIREMENTS,
    *_DEVICES,
    *_WITNESSES,
    *_PACKAGES,
    *_BASELINE,
    *_DEPENDENCIES,
    *_CORES,
    *_PROCESSES,
    *_LOGS,
    *_MODULE_AT_BOOT,
    *_DRIVER_UPDATE,
    *_PLATFORM,
    *_SETTINGS,
    *_COMPILING,
    *_LIFECYCLE,
    *_CATALOG,
)

__all__ = ["CHECKS"]
