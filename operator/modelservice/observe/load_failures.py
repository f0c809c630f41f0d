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
    """The reason in the status and what to do. `{credentials}` and `{endpoint}` are the fields of this source.

    `{hash}` is what to do about a hash, which the user said or the store told.
    """

    reason: Reason
    says: str


FIXES: Mapping[LoadFailure, Fix] = {
    LoadFailure.TOKEN_MISSING: Fix(
        Reason.TOKEN_MISSING, "Set {credentials} to a Secret whose owner may read the model."
    ),
    LoadFailure.GATED: Fix(
        Reason.MODEL_GATED, "Accept its terms there with the account that the token in {credentials} belongs to."
    ),
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
    hub = "://" not in (spec.model or "") or (spec.model or "").startswith("hf://")
    endpoint = "huggingFace.endpoint" if hub else "modelSource.endpoint"
    fields = {
        "credentials": "huggingFace.tokenSecret" if hub else "modelSource.credentialsSecret",
        "endpoint": endpoint,
        "hash": SAID_HASH if spec.model_source.sha256 else TOLD_HASH.format(endpoint=endpoint),
    }
    return Diagnosis(fix.reason, f"{sentence(failure.message)} {fix.says.format(**fields)}", failure.retry)
