"""The labels and annotations that children bear: `render` writes them, `facts` reads them, informers select by them."""

from __future__ import annotations

from modelservice.api.resource import GROUP

MANAGER = "modelservice-operator"
"""Field manager of every apply, and the value of the managed-by label."""

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
NAME_LABEL = f"{GROUP}/name"
COMPONENT_LABEL = f"{GROUP}/component"
ENGINE = "engine"
"""The component that serves, and the name of its container in pods of our making."""
LOADER = "loader"
"""The component that fetches models, and the name of its container, also where it is an init container."""

PRUNER = "pruner"
"""The component that removes old revisions of a model from a cache."""

APPLIED_ANNOTATION = f"{GROUP}/applied"
"""On every child: the digest of the manifest that was applied."""
REVISION_ANNOTATION = f"{GROUP}/revision"
"""On the Deployment and its pods: the name of the revision whose template it is."""
FETCHED_ANNOTATION = f"{GROUP}/fetched"
"""On the engine's pods: a digest of what is fetched for them before they start, so that other files make other pods."""
PRUNES_FOR_ANNOTATION = f"{GROUP}/prunes-for"
"""On a Job that prunes: the number of the revision after whose rollout."""
ACCEPTED_ANNOTATION = f"{GROUP}/accepted"
"""On the Deployment: what the last accepted spec said of all that no revision holds, replicas and Service among it."""
EDITS_ANNOTATION = f"{GROUP}/edits"
"""On a ControllerRevision: a JSON merge patch over its inputs, for edits that made no other template."""
FAILED_ANNOTATION = f"{GROUP}/failed"
"""On the ControllerRevision of a revision that was taken back: the sentence that says why."""
FAILED_REASON_ANNOTATION = f"{GROUP}/failed-reason"
"""The same in one word."""
