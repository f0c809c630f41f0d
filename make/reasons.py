"""Prints docs/reasons.md: the conditions, and of every reason what it means and what to do."""

from collections.abc import Iterator

from modelservice.api.explanations import CHAPTERS, Chapter
from modelservice.observe.phases import PHASES

HEAD = """# Reasons: what the status says, and what to do

`kubectl get modelservices` shows the state in a word (STATUS), `-o wide` and `kubectl describe` in a sentence that
names the field to change. Behind both are conditions; each bears a *reason*, a stable word that alerts and scripts
may match on. Reasons are only ever added.

## Conditions

| condition | true when |
|---|---|
| `Accepted` | the spec makes sense; warnings stand in its message |
| `ModelCached` | the model is in the cache, or its place is there and the engine fetches it by itself |
| `Scheduled` | every wanted pod has a node |
| `Available` | at least one replica answers, of whatever revision |
| `Ready` | all wanted replicas of this generation answer; with `suspend` or 0 replicas: nothing is left running |
| `Reconciling` | something is on the way, or may still come by itself; the message says what, and since when |
| `Stalled` | only a person can help |
| `UpToDate` | what runs is what this operator and its configuration would render today; never a fault |

Exactly one of `Ready`, `Reconciling` and `Stalled` is true, so `helm --wait`, Flux and Argo CD neither go on too
early nor wait for ever: kstatus reads `Ready` as current, `Reconciling` as in progress and `Stalled` as failed.
`kubectl wait --for=condition=Ready` works too.

What may still come by itself, such as a Secret that the next file of the same commit creates, counts as `Reconciling`
at first and as `Stalled` once it has lasted `startupTimeoutSeconds`. Waiting for a free GPU is never a fault. An
engine that crashes again and again is `Stalled` after three restarts, if there is no revision before it to go back to
and its log does not speak of something that passes, such as a hub out of reach.
"""

SHOWN = {reason: phase for phase, reasons in PHASES.items() for reason in reasons}
"""Reason -> the word in the STATUS column."""


def chapter(found: Chapter) -> Iterator[str]:
    yield f"## {found.title}\n"
    if found.preface:
        yield f"{found.preface}\n"
    yield "| reason | STATUS | means | what to do |\n|---|---|---|---|"
    for reason, told in found.reasons.items():
        cells = (f"`{reason}`", SHOWN.get(reason, ""), told.means, told.remedy)
        yield "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def page() -> str:
    lines = [HEAD]
    for found in CHAPTERS:
        lines += [*chapter(found), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    print(page(), end="")
