"""LangChain's ChatOpenAI, whole and streamed; it too takes OPENAI_BASE_URL and OPENAI_API_KEY from the environment."""

import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=os.environ["MODEL"], max_tokens=100)
print(model.invoke("Say hello.").content)
for chunk in model.stream("Say hello."):
    print(chunk.content, end="", flush=True)
print()
