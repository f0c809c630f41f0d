"""A server of the user's own in a real pod: the Python file of examples/custom.yaml answers at the Service's port."""

from pathlib import Path

import yaml

from node.caller import IMAGE, Caller
from node.conftest import Serve

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom.yaml"


def test_python_file_answers_the_openai_client_by_dns(serve: Serve, caller: Caller, namespace: str) -> None:
    spec = yaml.safe_load(EXAMPLE.read_text())["spec"]
    spec["engine"] |= {"image": IMAGE, "imagePullPolicy": "Never"}
    serve("echo", spec)
    url = serve.ready("echo")["openAIURL"]
    assert url == f"http://echo.{namespace}.svc.cluster.local:8000/v1"
    assert caller.chat(url, model="org/echo", text="from a file")["text"] == "from a file"
