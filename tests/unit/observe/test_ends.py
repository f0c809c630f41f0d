"""How a run ended, for the rollout that has to say why it took a revision back."""

from __future__ import annotations

from datetime import timedelta

from looks import NOW, ago, died, engine, look, pod, waiting
from modelservice.api.reasons import Reason
from modelservice.facts.facts import LogFacts
from modelservice.observe.ends import last_words, unhealed

SPEC = look().service.spec


def words(*pods, **facts):
    return last_words(look(*pods, **facts).facts, SPEC, pods)


def crash(name, message, **end):
    return pod(name, waiting("CrashLoopBackOff", restarts=3, last_termination=died(1, message=message, **end)))


def test_last_words_are_those_of_the_latest_end():
    found = words(
        crash("a", "ValueError: old", finished_at=ago(minutes=9)), crash("b", "ValueError: new", finished_at=NOW)
    )
    assert found is not None
    assert found.message == "exit code 1. Its log ends with: ValueError: new."


def test_last_words_name_the_cause_and_the_field():
    log = LogFacts("a", "engine", True, ("vllm: error: unrecognized arguments: --nope",))
    found = words(crash("a", ""), logs=(log,))
    assert found is not None
    assert (found.reason, found.message) == (
        Reason.UNKNOWN_OPTION,
        "exit code 1. vLLM does not know the option --nope. Change engine.options.nope.",
    )


def test_last_words_without_any_word_are_the_exit():
    found = words(pod("a", waiting("CrashLoopBackOff", restarts=3, last_termination=died(139))))
    assert found is not None
    assert (found.reason, found.message) == (Reason.CRASH_LOOP, "exit code 139, segmentation fault")


def test_pods_that_never_ended_have_no_last_words():
    assert words(pod("a"), pod("b", waiting("ContainerCreating"))) is None


def test_end_is_healed_by_a_run_that_came_up():
    end = died(0, after=timedelta(days=1))
    assert unhealed(engine(restarts=1, last_termination=end)) is None
    assert unhealed(engine(restarts=1, last_termination=end, ready=False)) is None
    assert unhealed(engine(restarts=1, last_termination=end, ready=False, started=False)) == end
    assert unhealed(waiting("CrashLoopBackOff", restarts=1, last_termination=end)) == end


def test_init_container_that_is_done_has_not_crashed():
    done = engine(name="fetch", init=True, ready=False, state="terminated", terminated=died(0))
    assert unhealed(done) is None
    assert unhealed(engine(name="fetch", init=True, ready=False, state="terminated", terminated=died(1))) == died(1)
