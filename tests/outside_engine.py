"""An engine of somebody else's: one file, and the entry of the operator's configuration that adds it."""

FAST = """
from modelservice.api.engine import EngineType
from modelservice.engines.engine import Launch


class Fast:
    type = EngineType("fast.example.org")
    title = "Fast"
    honours = frozenset({"contextLength"})
    tasks = frozenset()
    default_gpus = 1
    default_version = "1.0"
    meters = None

    def image(self, version, gpus, resource_name, repository=None):
        return f"{repository or 'example.org/fast'}:{version}"

    def check(self, ask):
        return ()

    def launch(self, ask):
        return Launch(command=("fast",), args=(ask.model.argument,), port=9000)


ENGINE = Fast()
"""
CONFIG = "engines: {fast.example.org: {implementation: 'fast_engine:ENGINE', version: '2.0'}}"
