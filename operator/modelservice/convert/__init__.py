"""Pure: what serves a model today, in the words of another tool, becomes a ModelService and notes on what was lost.

One file per kind of input (`docker`, `deployment`, `kubeai`, `kserve`, `llmos`) brings it into the form that all of
them share, a pod with one server (`server.Server`); `assemble` says that in our fields, and `catalogue` finds the file.
"""
