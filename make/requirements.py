"""Prints what the development environment needs: the project's dependencies with the operator and dev extras."""

import tomllib
from pathlib import Path

content = tomllib.loads(Path("pyproject.toml").read_text())
project = content["project"]
extras = project["optional-dependencies"]
for line in [*project["dependencies"], *extras["operator"], *extras["dev"], *content["build-system"]["requires"]]:
    if not line.startswith("modelservice"):
        print(line)
