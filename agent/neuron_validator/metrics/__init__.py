"""Metrics: what Prometheus is told of a report, of the collectors and of the program. The list is in `table`."""
