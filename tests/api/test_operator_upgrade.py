"""A restarted, newer or reconfigured operator changes no pod that nobody edited, and says what it would change."""

from __future__ import annotations

import pytest

from model_services import NAME, READY, ModelServices, conditions, has, message
from operator_account import OperatorAccount
from revisions import plays, revision, template
from running_operator import RunningOperator

pytestmark = pytest.mark.usefixtures("crd", "nodes")

NEWER_RENDERER = """
from modelservice.render import draft
older = draft.pod_template
def newer(blueprint):
    template, problems = older(blueprint)
    template["spec"]["containers"][0]["env"].append({"name": "NEW_IN_THIS_VERSION", "value": "1"})
    return template, problems
draft.pod_template = newer
"""


def test_reverted_revision_is_not_tried_again_by_a_restarted_operator(
    account: OperatorAccount, services: ModelServices
) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        services.create()
        good = services.wait(READY)["status"]["currentRevision"]
        services.edit(podTemplate=plays("crash"))
        services.wait(has("Stalled", reason="Reverted"))
        generation = services.child("Deployment")["metadata"]["generation"]
        operator.kill()
        services.client.patch("ModelService", NAME, {"status": None}, services.namespace, subresource="status")
        operator.start()
        services.wait(has("Stalled", reason="Reverted"))
        assert (revision(services), services.child("Deployment")["metadata"]["generation"]) == (good, generation)


def test_new_default_image_and_a_scale_change_no_pod_and_are_told(
    account: OperatorAccount, services: ModelServices
) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as old:
        old.wait(old.leads)
        services.create()
        services.wait(READY)
        before = template(services)
    newer = {"engines": {"mock": {"version": "9.9.9"}}}
    with RunningOperator(account.kubeconfig, namespace=services.namespace, config=newer) as new:
        new.wait(new.leads)
        body = services.wait(has("UpToDate", "False", "NewerDefaults"))
        assert conditions(body)["Ready"][0] == "True"
        assert "9.9.9" in message(body, "UpToDate")
        services.client.kubectl("scale", "modelservice", NAME, "--replicas=2", f"--namespace={services.namespace}")
        services.wait(lambda body: body["status"]["ready"] == "2/2")
        assert template(services) == before
        services.edit(annotations={"modelservice.io/restart": "take it up"})
        services.wait(has("UpToDate", "True"))
        assert template(services)["spec"]["containers"][0]["image"].endswith(":9.9.9")


def test_newer_operator_and_a_scale_change_no_pod_and_are_told(
    account: OperatorAccount, services: ModelServices
) -> None:
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as old:
        old.wait(old.leads)
        services.create()
        services.wait(READY)
        before = template(services)
    with RunningOperator(account.kubeconfig, namespace=services.namespace, code=NEWER_RENDERER) as new:
        new.wait(new.leads)
        services.wait(has("UpToDate", "False", "NewerOperator"))
        services.edit(replicas=2)
        services.wait(lambda body: body["status"]["ready"] == "2/2")
        assert template(services) == before
        spoilt = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 99}}}}
        services.client.patch("Deployment", NAME, spoilt, services.namespace, type="strategic")
        services.wait_child("Deployment", lambda deployment: deployment["spec"]["template"] == before)


def test_new_default_of_a_newer_crd_changes_no_pod(account: OperatorAccount, services: ModelServices) -> None:
    """It appears in every stored object as if somebody had written it."""
    with RunningOperator(account.kubeconfig, namespace=services.namespace) as operator:
        operator.wait(operator.leads)
        services.create()
        services.wait(READY)
        before = template(services)
        services.edit(drainTimeoutSeconds=60, sharedMemory={}, gpu={"products": []}, newField={"of": "a later version"})
        services.edit(replicas=2)
        services.wait(lambda body: body["status"]["ready"] == "2/2")
        assert template(services) == before
        assert conditions(services.get())["UpToDate"] == ("True", "UpToDate")
