"""The same ModelService on this machine, without a cluster: the engine as a process under a supervisor."""
