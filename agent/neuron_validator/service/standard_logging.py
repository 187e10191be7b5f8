"""What libraries log, in the service's own form: the web server's faults belong in the same place."""

from __future__ import annotations

import logging

from .log import Log


class Forwarder(logging.Handler):
    """Hands the records of Python's logging over to *log*."""

    def __init__(self, log: Log) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of *record*."""
        tell = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        tell(record.getMessage(), logger=record.name)
        if record.exc_info is not None and record.exc_info[1] is not None:
            self._log.trace(record.exc_info[1])


def forward(log: Log) -> None:
    """Send everything that libraries log from warnings up to *log*."""
    logging.basicConfig(handlers=[Forwarder(log)], force=True)
