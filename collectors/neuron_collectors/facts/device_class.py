"""Facts about all Neuron devices of a host together."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceClass:
    """
    The place of this host among those that are cabled together, from the files in ``/sys/class/neuron_device``.

    A host is in no UltraServer where ids are `None`. While the hosts elect their places, fields are unread with the
    driver's word ``busy``. Names end in the number of hosts in the UltraServer.
    """

    ultraserver_mode: Reading[tuple[int, ...]] = NOT_COLLECTED
    """``ultraserver_mode``, e.g. ``(4, 2)`` for ``4,2``; an empty line is ``()``. Since driver 2.23."""
    node_id: Reading[int] = NOT_COLLECTED
    """``node_id`` of driver 2.22, e.g. 0; -1 in the file means none."""
    node_id_2: Reading[int] = NOT_COLLECTED
    """``node_id_2``, place among two hosts, e.g. 1; -1 in the file means none. Since driver 2.23."""
    node_id_4: Reading[int] = NOT_COLLECTED
    """``node_id_4``, place among four hosts, e.g. 3; -1 in the file means none. Since driver 2.23."""
    server_id: Reading[str] = NOT_COLLECTED
    """``server_id`` of driver 2.22, e.g. ``1122334455667788``; 16 zeros in the file mean none."""
    server_id_2: Reading[str] = NOT_COLLECTED
    """``server_id_2``, of the UltraServer of two hosts, e.g. ``1122334455667788``; zeros mean none. Since 2.23."""
    server_id_4: Reading[str] = NOT_COLLECTED
    """``server_id_4``, of the UltraServer of four hosts, e.g. ``1122334455667788``; zeros mean none. Since 2.23."""
