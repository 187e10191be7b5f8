"""Judge a host's AWS Neuron software and devices against a dated catalog of what AWS released, supports and retired."""

__version__ = "0.1.0"
