"""How a running Deployment comes under a ModelService without a restart of its pods, and leaves it again.

A Deployment's selector can never change, so its ReplicaSet and pods are handed over: the Deployment is deleted without
them, they get the labels that ours selects by, and ours is made with a template equal to theirs. The operator is held
off by the old Deployment, which bears the name, until the ControllerRevision with that template is there.
"""
