"""Prints what the development environment needs: the project's dependencies and those of the extras that tests use."""

import tomllib
from pathlib import Path

content = tomllib.loads(Path("pyproject.toml").read_text())
project = content["project"]
extras = project["optional-dependencies"]
wanted = [*project["dependencies"], *extras["operator"], *extras["validate"], *extras["dev"]]
for line in [*wanted, *content["build-system"]["requires"]]:
    if not line.startswith("modelservice"):
        print(line)
