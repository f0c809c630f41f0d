"""Every layer of tests finds the fixtures of the lab, and of the operator on it, here; and how examples are drawn."""

from hypothesis import HealthCheck, settings

from property.budget import LONG

pytest_plugins = ["lab.fixtures", "node.release"]

# No example is judged by the clock: how long it takes says more of the machine than of what is tested.
settings.register_profile(
    "any machine",
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
settings.load_profile("any machine")
