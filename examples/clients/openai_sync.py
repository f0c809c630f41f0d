"""One question by the OpenAI client, which takes OPENAI_BASE_URL and OPENAI_API_KEY from the environment."""

import os

from openai import OpenAI

client = OpenAI()
answer = client.chat.completions.create(
    model=os.environ["MODEL"],
    messages=[{"role": "user", "content": "Say hello."}],
    max_tokens=100,
)
print(answer.choices[0].message.content)
print(f"{answer.usage.total_tokens} tokens")
