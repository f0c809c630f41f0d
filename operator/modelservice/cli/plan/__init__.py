"""What applying a ModelService would do to a cluster, found out without a write.

`proposal` is the resource as the API server would store it; `forecast` lets the operator's own planning say what
follows from that, `judge` asks the server about each child, and the other files look at what would keep pods waiting.
"""
