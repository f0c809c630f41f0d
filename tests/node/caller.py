"""A pod with the clients that applications use: calls served models as they do, by their DNS names."""

from __future__ import annotations

import json
from typing import Any

from lab.client import Client, Manifest, condition

NAME = "caller"
IMAGE = "localhost/modelservice/client:lab"

# A Service refuses connections on a node until kube-proxy there has heard of its first endpoint, a moment after Ready.
REACH = """
import json, socket, sys, time, urllib.parse
ask = json.loads(sys.argv[1])
where = urllib.parse.urlsplit(ask["url"])
deadline = time.monotonic() + 10
while True:
    try:
        socket.create_connection((where.hostname, where.port), timeout=5).close()
        break
    except ConnectionRefusedError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.1)
"""

CHAT = """
from openai import OpenAI
client = OpenAI(base_url=ask["url"], api_key=ask["key"], max_retries=0, timeout=60)
request = dict(model=ask["model"], messages=[{"role": "user", "content": ask["text"]}], max_tokens=ask["tokens"])
if ask["stream"]:
    chunks = list(client.chat.completions.create(**request, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    answer = dict(text=text, chunks=len(chunks), finish=[c.choices[0].finish_reason for c in chunks if c.choices][-1])
else:
    whole = client.chat.completions.create(**request)
    choice = whole.choices[0]
    answer = dict(text=choice.message.content, finish=choice.finish_reason, usage=whole.usage.model_dump())
print(json.dumps(answer))
"""

EMBED = """
from openai import OpenAI
client = OpenAI(base_url=ask["url"], api_key="none", max_retries=0, timeout=60)
answer = client.embeddings.create(model=ask["model"], input=[ask["text"]], encoding_format="float")
print(json.dumps(answer.data[0].embedding))
"""

HTTP = """
import urllib.error, urllib.request
body = None if ask["body"] is None else json.dumps(ask["body"]).encode()
headers = {"content-type": "application/json", **ask["headers"]}
request = urllib.request.Request(ask["url"], body, headers, method=ask["method"])
try:
    with urllib.request.urlopen(request, timeout=60) as response:
        print(json.dumps([response.status, response.read().decode(errors="replace")]))
except urllib.error.HTTPError as error:
    print(json.dumps([error.code, error.read().decode(errors="replace")]))
"""


class Caller:
    """One such pod in a namespace."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.namespace = namespace
        container = {"name": "python", "image": IMAGE, "command": ["sleep", "infinity"]}
        spec = {"containers": [container], "terminationGracePeriodSeconds": 0, "enableServiceLinks": False}
        client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}, "spec": spec}, namespace)
        client.wait("Pod", NAME, namespace, condition("Ready"), timeout=60)

    def chat(self, url: str, model: str, text: str = "hello", **more: Any) -> Manifest:
        """What the OpenAI client makes of a chat: text, finish, and usage or the number of chunks."""
        ask = {"url": url, "model": model, "text": text, "key": "none", "tokens": 16, "stream": False, **more}
        answer: Manifest = self.run(CHAT, ask)
        return answer

    def embed(self, url: str, model: str, text: str = "hello") -> list[float]:
        """The vector that the OpenAI client gets for a text."""
        vector: list[float] = self.run(EMBED, {"url": url, "model": model, "text": text})
        return vector

    def http(self, url: str, method: str = "GET", body: Any = None, key: str | None = None) -> tuple[int, str]:
        """Status and body of one request."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        ask = {"url": url, "method": method, "body": body, "headers": headers}
        status, text = self.run(HTTP, ask)
        return status, text

    def script(self, words: list[str], script: str, **environment: str) -> str:
        """What a program prints that reads this script from its standard input."""
        variables = [f"{name}={value}" for name, value in environment.items()]
        inside = ("exec", "--stdin", f"--namespace={self.namespace}", NAME, "--", "env", *variables, *words)
        return self.client.kubectl(*inside, stdin=script)

    def run(self, code: str, ask: Manifest) -> Any:
        """What this program prints as JSON; it is told `ask`, and starts once the server of its url can be reached."""
        words = ("exec", f"--namespace={self.namespace}", NAME, "--", "python", "-c", REACH + code, json.dumps(ask))
        return json.loads(self.client.kubectl(*words))
