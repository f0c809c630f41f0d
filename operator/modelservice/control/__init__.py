"""The loop: queue, reconcile, rollout, the kopf shell, process start and stop."""
