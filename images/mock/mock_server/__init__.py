"""A model server without a model: vLLM's routes, errors, streams and metric names, and faults on command.

It answers with what it was asked, so that a caller can check the way there and back.
"""

VERSION = "0.1.0"
