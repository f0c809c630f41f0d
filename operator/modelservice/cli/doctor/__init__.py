"""Whether a cluster is ready for ModelServices, one check after the other; each that fails names its fix."""
