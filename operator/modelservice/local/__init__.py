"""The same ModelService on this machine, without a cluster."""
