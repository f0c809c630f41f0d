"""What is seen of the cluster, as small immutable values: what `render` and `observe` know besides the resource.

Times are aware datetimes that the caller passes; nothing here looks at a clock.
"""
