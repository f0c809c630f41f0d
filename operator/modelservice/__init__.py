"""Model servers on Kubernetes from one short resource: the operator, its command line and its SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelservice.sdk import ModelServer, ModelServerError, ServerStatus, State

__all__ = ["ModelServer", "ModelServerError", "ServerStatus", "State", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The SDK, imported when it is first asked for: the operator and `--help` do without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from modelservice import sdk

    return getattr(sdk, name)
