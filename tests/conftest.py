"""Every layer of tests finds the fixtures of the lab, and of the operator on it, here."""

pytest_plugins = ["lab.fixtures", "node.release"]
