"""Model servers on Kubernetes from one short resource: the operator, its command line and its SDK."""

__version__ = "0.1.0"
