"""Pure: a ModelService, facts and configuration become manifests.

`prepare.prepare(service, facts, config) -> Prepared` and
`children.children(service, prepared, rollout, facts) -> list of manifests in apply order` are all that others
call. Same input, same bytes.
"""
