"""Answers of a real API server (1.36) and the errors that they are to us."""

import json
from typing import Any

import pytest

from modelservice.kube import errors
from modelservice.kube.errors import Retry


def status(code: int, reason: str = "", message: str = "", **details: Any) -> bytes:
    whole = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason}
    return json.dumps(whole | {"message": message, "details": details}).encode()


def cause(reason: str, field: str = "") -> dict[str, Any]:
    return {"causes": [{"reason": reason, "field": field, "message": "..."}]}


QUOTA = 'services "q2" is forbidden: exceeded quota: q, requested: services=1, used: services=1, limited: services=1'
TYPED = "failed to create typed patch object (n/d; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema"
CASES = {
    "no object": (404, status(404, "NotFound"), errors.NotFound, Retry.NOW),
    "no namespace": (404, status(404, "NotFound", kind="namespaces"), errors.NamespaceTerminating, Retry.SLOWLY),
    "no such kind": (404, b"404 page not found\n", errors.NotServed, Retry.SLOWLY),
    "not allowed": (403, status(403, "Forbidden"), errors.Forbidden, Retry.SLOWLY),
    "quota": (403, status(403, "Forbidden", QUOTA), errors.QuotaExceeded, Retry.SLOWLY),
    "terminating": (
        403,
        status(403, "Forbidden", **cause("NamespaceTerminating", "metadata.namespace")),
        errors.NamespaceTerminating,
        Retry.SLOWLY,
    ),
    "not logged in": (401, status(401, "Unauthorized"), errors.Unauthorized, Retry.BACKOFF),
    "exists": (409, status(409, "AlreadyExists"), errors.Conflict, Retry.NOW),
    "changed": (409, status(409, "Conflict"), errors.Conflict, Retry.NOW),
    "another uid": (
        422,
        status(422, "Invalid", **cause("FieldValueInvalid", "metadata.uid")),
        errors.Conflict,
        Retry.NOW,
    ),
    "wrong value": (
        422,
        status(422, "Invalid", **cause("FieldValueRequired", "spec.image")),
        errors.Invalid,
        Retry.SLOWLY,
    ),
    "unknown field in apply": (500, status(500, "", TYPED), errors.Invalid, Retry.SLOWLY),
    "bad request": (400, status(400, "BadRequest"), errors.Invalid, Retry.SLOWLY),
    "too large": (413, status(413, "RequestEntityTooLarge"), errors.Invalid, Retry.SLOWLY),
    "compacted": (410, status(410, "Expired"), errors.Gone, Retry.NOW),
    "overload": (429, status(429, "TooManyRequests"), errors.Transient, Retry.BACKOFF),
    "broken server": (500, status(500, "InternalError"), errors.Transient, Retry.BACKOFF),
    "down behind a proxy": (503, b"<html>upstream</html>", errors.Transient, Retry.BACKOFF),
    "reason of another version": (503, status(503, "Overwhelmed"), errors.Transient, Retry.BACKOFF),
}


@pytest.mark.parametrize(("code", "body", "kind", "retry"), CASES.values(), ids=CASES)
def test_answer_is_the_error(code: int, body: bytes, kind: type[errors.ApiError], retry: Retry) -> None:
    error = errors.of_answer("Service n/d", code, body)
    assert (type(error), error.retry, error.code) == (kind, retry, code)


def test_error_begins_with_the_object() -> None:
    error = errors.of_answer("Service n/q2", 403, status(403, "Forbidden", QUOTA))
    assert str(error) == f"Service n/q2: {QUOTA}"


def test_error_never_quotes_a_body_that_is_no_status() -> None:
    error = errors.of_answer("Service n/d", 502, b"<html>password=hunter2</html>")
    assert str(error) == "Service n/d: the API server answered 502"


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b'{"kind": "Pod"}', b"\xff"], ids=repr)
def test_error_of_a_strange_body_says_the_code(body: bytes) -> None:
    assert str(errors.of_answer("pods", 500, body)) == "pods: the API server answered 500"


def test_error_carries_how_long_the_server_wants_us_to_wait() -> None:
    assert errors.of_answer("pods", 429, status(429, "TooManyRequests"), retry_after=7).retry_after == 7


def test_error_carries_the_fields_that_are_wrong() -> None:
    error = errors.of_answer("x", 422, status(422, "Invalid", **cause("FieldValueRequired", "spec.image")))
    assert error.causes == (errors.Cause("FieldValueRequired", "spec.image", "..."),)


def test_lost_lease_stops_the_process() -> None:
    assert errors.LostLease.retry is Retry.NEVER
