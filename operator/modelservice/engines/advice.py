"""What is said to a user who writes an option that a field of the resource stands for, or that breaks the Service."""

from __future__ import annotations

MODEL = "write `model`"
KEY = "a key on the command line is open to all who may see pods; use `auth.apiKeySecret`"
TOKEN = "a token on the command line is open to all who may see pods; use `huggingFace.tokenSecret`"
PLAIN_HTTP = "the Service and the probes speak plain HTTP; end TLS in front of the Service"
ONE_PORT = "the Service and the probes speak HTTP on one port"
PREFIX = "the probes and `status.openAIURL` name paths without a prefix of yours"
HELP = "the engine would print its help and end"
