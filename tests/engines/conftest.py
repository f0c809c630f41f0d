"""The engines of one test run; what they answered becomes the record that docs/engines.md shows."""

from collections.abc import Iterator

import pytest

from engines import results
from engines.served import Subjects
from engines.subjects import NAMESPACE
from lab.client import Client
from lab.lab import Lab


@pytest.fixture(scope="session")
def subjects(full: Lab, cluster: Client, operator: str) -> Iterator[Subjects]:
    del operator
    subjects = Subjects.on(full, cluster)
    yield subjects
    results.write({name: served.answers for name, served in subjects.known.items()})
    cluster.delete("Namespace", NAMESPACE)
