"""Writes the chart as one file for `kubectl apply -f`: for sites that take no Helm chart.

Usage: bundle.py CHART IMAGE OUTPUT [VALUES]
"""

import argparse
import subprocess
import sys
from pathlib import Path

from lab import binaries
from lab.errors import LabError

NAME = "modelservice-operator"
NAMESPACE = "modelservice"
HEAD = f"""apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
"""


def bundle(chart: Path, image: str, values: Path | None) -> str:
    """The namespace first, then all that Helm would install."""
    repository, tag = split(image)
    words = ["template", NAME, chart, "--namespace", NAMESPACE, "--set", f"image.repository={repository}"]
    words += ["--set-string", f"image.tag={tag}"] if tag else []
    words += ["--values", values] if values else []
    done = subprocess.run([binaries.path("helm"), *words], capture_output=True, text=True)
    if done.returncode:
        raise LabError(done.stderr.strip())
    return HEAD + done.stdout


def split(image: str) -> tuple[str, str]:
    """Repository and tag; a colon before the last slash is a registry's port."""
    folder, slash, name = image.rpartition("/")
    repository, _, tag = name.partition(":")
    return f"{folder}{slash}{repository}", tag


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chart", type=Path)
    parser.add_argument("image")
    parser.add_argument("output", type=Path)
    parser.add_argument("values", type=Path, nargs="?")
    asked = parser.parse_args()
    if not asked.image:
        print("bundle: IMAGE is not set: `make images PUSH=registry/prefix` prints it", file=sys.stderr)
        return 2
    try:
        text = bundle(asked.chart, asked.image, asked.values)
    except LabError as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 1
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(text)
    print(asked.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
