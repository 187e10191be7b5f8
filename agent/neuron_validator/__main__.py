"""``python -m neuron_validator``."""

import sys

from .cli import main

sys.exit(main())
