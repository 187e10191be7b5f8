"""``python -m neuron_validator``."""

from .cli import console

console()
