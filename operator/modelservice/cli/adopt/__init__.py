"""How a running Deployment comes under a ModelService without a restart of its pods, and leaves it again.

A Deployment's selector can never change, so its ReplicaSet and pods are handed over: the Deployment is deleted without
them, they get the labels that ours selects by, and ours is made with a template equal to theirs. The operator is held
off by a Deployment that bears the name, the old one or a stand-in, until the ControllerRevision with that template is
there. Each step can be done twice, and a run that was interrupted is gone on with by the next one.
"""
