"""Why a model could not be fetched, as a reason of the status and a sentence with the field to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelservice.api.reasons import Reason
from modelservice.api.spec import ModelServiceSpec
from modelservice.facts.loading import LoadFailure
from modelservice.observe.diagnosis import Diagnosis
from modelservice.observe.loader_log import Failure
from modelservice.observe.words import sentence


@dataclass(frozen=True, slots=True)
class Fix:
    """The reason in the status and what to do. What stands in braces is of this source: see `_of_source`."""

    reason: Reason
    says: str


FIXES: Mapping[LoadFailure, Fix] = {
    LoadFailure.TOKEN_MISSING: Fix(
        Reason.TOKEN_MISSING, "Set {credentials} to a Secret whose owner may read the model."
    ),
    LoadFailure.GATED: Fix(Reason.MODEL_GATED, "{permission}"),
    LoadFailure.NOT_FOUND: Fix(Reason.MODEL_NOT_FOUND, "Change model."),
    LoadFailure.UNREACHABLE: Fix(
        Reason.HUB_UNREACHABLE,
        "Set {endpoint} to one that pods can reach, or mend the proxy or certificates in the operator's configuration.",
    ),
    LoadFailure.NO_SPACE: Fix(
        Reason.DISK_FULL, "Use a bigger cache (cache.size, cache.claimName), or free room in it: modelservice cache ls."
    ),
    LoadFailure.HASH_MISMATCH: Fix(Reason.HASH_MISMATCH, "{hash}"),
    LoadFailure.READ_ONLY: Fix(
        Reason.PERMISSION_DENIED,
        "Change the volume's owner, or securityContext.runAsUser and fsGroup; or set cache.readOnly if the model is "
        "there already.",
    ),
    LoadFailure.INVALID: Fix(Reason.DOWNLOAD_FAILED, "Change model or modelSource."),
}

SAID_HASH = "Change modelSource.sha256 if the file was meant to change, else look who changed it."
TOLD_HASH = "Something between the store and the pods changes files: look at the proxy, or change {endpoint}."


def explained(failure: Failure, spec: ModelServiceSpec) -> Diagnosis:
    """The loader's own sentence, then the field."""
    fix = FIXES[failure.kind]
    says = fix.says.format(**_of_source(spec))
    return Diagnosis(fix.reason, f"{sentence(failure.message)} {says}", failure.retry)


def _of_source(spec: ModelServiceSpec) -> Mapping[str, str]:
    """The fields that say how this source is reached, how its owner lets somebody in, and whose hash did not fit."""
    scheme, colon, _ = (spec.model or "").partition("://")
    hub = not colon or scheme == "hf"
    credentials = "huggingFace.tokenSecret" if hub else "modelSource.credentialsSecret"
    endpoint = "huggingFace.endpoint" if hub else "model" if scheme == "https" else "modelSource.endpoint"
    terms = f"Accept its terms there with the account that the token in {credentials} belongs to."
    right = f"Let the owner of the credentials in {credentials} read it there."
    return {
        "credentials": credentials,
        "endpoint": endpoint,
        "permission": terms if hub or scheme == "modelscope" else right,
        "hash": SAID_HASH if spec.model_source.sha256 else TOLD_HASH.format(endpoint=endpoint),
    }
