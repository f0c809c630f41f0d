"""No OpenAI package: requests, and the server-sent events of a stream read line by line."""

import json
import os

import requests

with requests.post(
    f"{os.environ['OPENAI_BASE_URL']}/chat/completions",
    headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
    json={
        "model": os.environ["MODEL"],
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 100,
        "stream": True,
    },
    stream=True,
    timeout=(5, 300),
) as response:
    response.raise_for_status()
    for line in response.iter_lines():
        event = line.decode().removeprefix("data: ")
        if event == "[DONE]":
            print("\n[DONE]")
        elif event:
            for choice in json.loads(event)["choices"]:
                print(choice["delta"].get("content") or "", end="", flush=True)
