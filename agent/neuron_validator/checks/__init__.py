"""Every check, in the order in which a person should look at them."""

from ..findings import Check
from .catalog import CHECKS as _CATALOG
from .devices import CHECKS as _DEVICES
from .driver import CHECKS as _DRIVER
from .packages import CHECKS as _PACKAGES
from .pairs import CHECKS as _PAIRS
from .platform import CHECKS as _PLATFORM

CHECKS: tuple[Check, ...] = (*_DRIVER, *_PAIRS, *_DEVICES, *_PACKAGES, *_PLATFORM, *_CATALOG)

__all__ = ["CHECKS"]
