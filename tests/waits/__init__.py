"""What may stand in the way of a ModelService: facts, and the word, the reason, what Helm makes of it and the sentence.

A case is one entry in the module of its subject.
"""

from waits import crashes, no_answer, no_container, no_node, no_pods, refused, under_way, well

CASES = {
    name: case
    for subject in (well, under_way, refused, no_pods, no_node, no_container, crashes, no_answer)
    for name, case in subject.CASES.items()
}
