"""What can go wrong between us and the API server, as types that somebody catches.

    ApiError
    ├── Transient               no answer, overload, an error inside the server or a webhook
    ├── Unauthorized            our credentials are refused
    ├── Forbidden               we may not, or admission says no
    │   ├── QuotaExceeded
    │   └── NamespaceTerminating
    ├── Invalid                 the object is wrong; only another object helps
    ├── NotFound                the object is not there
    ├── NotServed               the cluster does not know the kind
    ├── Conflict                somebody made, changed or replaced the object meanwhile
    ├── NameTaken               an object of this name is not ours
    ├── Gone                    the history that we asked for is compacted
    └── LostLease               nothing was sent: another replica may lead by now

CredentialsError stands beside the tree: there is no login, so nothing was asked.

Every message begins with the object. `retry` tells the loop what to do, the text tells people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class Retry(StrEnum):
    """When it makes sense to try again."""

    NOW = "now"
    """The object moved underneath us: look again."""
    BACKOFF = "backoff"
    """The cluster may recover by itself."""
    SLOWLY = "slowly"
    """Somebody must act first; their edit comes back as an event, and else we look now and then."""
    NEVER = "never"
    """This process must not go on."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One detail of a refusal: the field as a path, and what is wrong with it."""

    reason: str
    field: str
    message: str


class ApiError(Exception):
    """The API server refused, or did not answer."""

    retry: ClassVar[Retry] = Retry.BACKOFF

    def __init__(
        self,
        target: str,
        message: str,
        *,
        code: int = 0,
        causes: tuple[Cause, ...] = (),
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(f"{target}: {message}")
        self.target = target
        self.message = message
        self.code = code
        self.causes = causes
        self.retry_after = retry_after
        """Seconds that the server asks us to wait at least."""


class Transient(ApiError):
    """Nothing is wrong with the request."""


class Unauthorized(ApiError):
    """The server does not know who we are."""


class Forbidden(ApiError):
    """The server knows us and says no."""

    retry = Retry.SLOWLY


class QuotaExceeded(Forbidden):
    """A ResourceQuota has no room."""


class NamespaceTerminating(Forbidden):
    """The namespace is being deleted, or is gone."""


class Invalid(ApiError):
    """The request can never succeed as it is."""

    retry = Retry.SLOWLY


class NotFound(ApiError):
    """There is no such object."""

    retry = Retry.NOW


class NotServed(ApiError):
    """The cluster serves no such kind: a CustomResourceDefinition or an API version is missing."""

    retry = Retry.SLOWLY


class Conflict(ApiError):
    """The object is not as we last saw it."""

    retry = Retry.NOW


class NameTaken(ApiError):
    """An object of this name exists that does not belong to the ModelService."""

    retry = Retry.SLOWLY


class Gone(ApiError):
    """The server no longer keeps the resourceVersion or continue token that we named."""

    retry = Retry.NOW


class LostLease(ApiError):
    """We do not lead, so this write was not sent."""

    retry = Retry.NEVER


class CredentialsError(Exception):
    """There is no usable login; the text says what to set."""


BY_REASON: Mapping[str, type[ApiError]] = {
    "AlreadyExists": Conflict,
    "BadRequest": Invalid,
    "Conflict": Conflict,
    "Expired": Gone,
    "Forbidden": Forbidden,
    "Gone": Gone,
    "Invalid": Invalid,
    "NotFound": NotFound,
    "RequestEntityTooLarge": Invalid,
    "Unauthorized": Unauthorized,
}
BY_CODE: Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotServed,
    409: Conflict,
    410: Gone,
    413: Invalid,
    422: Invalid,
}
"""For answers that are no Status. The API server answers 404 without a Status when it serves no such path."""
BY_MARK: Mapping[tuple[type[ApiError], str], type[ApiError]] = {
    (Forbidden, "NamespaceTerminating"): NamespaceTerminating,
    (NotFound, "namespaces"): NamespaceTerminating,
    (Invalid, "metadata.uid"): Conflict,
}
"""What the details of a Status narrow down: the kind that is missing, or the reason or field of a cause."""
BY_TEXT: Mapping[tuple[type[ApiError], str], type[ApiError]] = {
    (Forbidden, "exceeded quota"): QuotaExceeded,
    (Transient, "failed to create typed patch object"): Invalid,
}
"""Where the server gives nothing but a sentence. The second is its 500 to an apply that names an unknown field, has a
wrong type or repeats a key."""


def of_answer(target: str, code: int, body: bytes, retry_after: float = 0.0) -> ApiError:
    """The error that an answer means. A body that is no Status may hold anything, and is never quoted."""
    return of_status(target, _status(body) or {"code": code}, retry_after)


def of_status(target: str, status: Mapping[str, Any], retry_after: float = 0.0) -> ApiError:
    """The error that a `Status` object means; a watch sends them as events."""
    code = int(status.get("code") or 0)
    message = str(status.get("message") or f"the API server answered {code}")
    causes = _causes(status)
    kind = _kind(status, code, message, causes)
    return kind(target, message, code=code, causes=causes, retry_after=retry_after)


def _kind(status: Mapping[str, Any], code: int, message: str, causes: tuple[Cause, ...]) -> type[ApiError]:
    kind = BY_REASON.get(str(status.get("reason") or "")) or BY_CODE.get(code, Transient)
    marks = {(status.get("details") or {}).get("kind")}
    marks |= {cause.reason for cause in causes} | {cause.field for cause in causes}
    narrower = [to for (of, mark), to in BY_MARK.items() if of is kind and mark in marks]
    narrower += [to for (of, text), to in BY_TEXT.items() if of is kind and text in message]
    return narrower[0] if narrower else kind


def _causes(status: Mapping[str, Any]) -> tuple[Cause, ...]:
    causes = (status.get("details") or {}).get("causes") or ()
    return tuple(Cause(c.get("reason", ""), c.get("field", ""), c.get("message", "")) for c in causes)


def _status(body: bytes) -> Mapping[str, Any] | None:
    try:
        status = json.loads(body)
    except ValueError:
        return None
    return status if isinstance(status, dict) and status.get("kind") == "Status" else None
