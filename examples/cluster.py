"""A model in a cluster for as long as this program runs: kubectl's login, a port-forward, an OpenAI client."""

from modelservice import ModelServer

with ModelServer(target="cluster").start("org/model", engine="mock") as server:
    question = [{"role": "user", "content": "Say this is a test."}]
    answer = server.client().chat.completions.create(model=server.model, messages=question)
    print(answer.choices[0].message.content)
