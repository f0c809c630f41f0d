"""Every layer of tests finds the lab's fixtures here."""

pytest_plugins = ["lab.fixtures"]
