"""A real Kubernetes on this machine for tests and demo: started, broken and thrown away by calls."""
