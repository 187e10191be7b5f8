"""What the service's tests share with those of the collectors."""

from __future__ import annotations

from tests.collectors.conftest import another_user as another_user  # noqa: PLC0414 - a fixture, for pytest to find
