"""Many questions at once: the engine answers them together, in far less time than one after the other."""

import asyncio
import os

from openai import AsyncOpenAI

QUESTIONS = ["Say hello.", "Say hello in French.", "Say hello in Japanese."]


async def main() -> None:
    async with AsyncOpenAI() as client:
        for text in await asyncio.gather(*(ask(client, question) for question in QUESTIONS)):
            print(text)


async def ask(client: AsyncOpenAI, question: str) -> str:
    answer = await client.chat.completions.create(
        model=os.environ["MODEL"],
        messages=[{"role": "user", "content": question}],
        max_tokens=100,
    )
    return answer.choices[0].message.content or ""


asyncio.run(main())
