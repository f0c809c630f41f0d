"""What `top` reads off the metrics of engines."""

from __future__ import annotations

import pytest

from modelservice.cli.readings import Load, Reading, load, read, together

VLLM = """
# HELP vllm:num_requests_running Requests that run.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="m"} 100.0
vllm:generation_tokens_total{engine="1",model_name="m"} 20.0
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="m"} 40.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="m"} 4.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 4.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 1.5
"""
LLAMACPP = """
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 12
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 34
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 1
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 0
"""
SGLANG = """
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{model_name="m"} 4.0
# TYPE sglang:num_queue_reqs gauge
sglang:num_queue_reqs{model_name="m"} 2.0
# TYPE sglang:token_usage gauge
sglang:token_usage{model_name="m"} 0.28
# TYPE sglang:generation_tokens_total counter
sglang:generation_tokens_total{model_name="m"} 7.0
"""
OLD_VLLM = "vllm:num_requests_running 0\nvllm:gpu_cache_usage_perc 0.5\n"
PAGES = {
    "vLLM with two ranks": (VLLM, Reading(5, 1, 120, 40, 0.75, 1.5, 4)),
    "an older vLLM": (OLD_VLLM, Reading(running=0, cache=0.5)),
    "llama.cpp, which tells no cache": (LLAMACPP, Reading(1, 0, 34, 12)),
    "SGLang": (SGLANG, Reading(4, 2, 7, None, 0.28)),
    "a number that is none": ("vllm:num_requests_running 1\nvllm:kv_cache_usage_perc NaN\n", Reading(running=1)),
    "another program": ("http_requests_total 5\n", None),
}


@pytest.mark.parametrize(("page", "wanted"), PAGES.values(), ids=PAGES)
def test_page_is_read_by_the_names_on_it(page: str, wanted: Reading | None) -> None:
    assert read(page) == wanted


def test_tokens_are_counted_over_the_interval() -> None:
    seen = load(Reading(0, 0, 100, 40, 0.1), Reading(2, 1, 160, 50, 0.2), seconds=2)
    assert seen == Load(2, 1, 30, 5, 0.2)


def test_time_to_the_first_token_is_that_of_the_answers_that_began_meanwhile() -> None:
    seen = load(Reading(first_seconds=10, firsts=20), Reading(first_seconds=11, firsts=24), seconds=2)
    assert seen.first_token == 0.25
    assert load(Reading(first_seconds=10, firsts=20), Reading(first_seconds=10, firsts=20), 2).first_token is None
    assert load(Reading(first_seconds=10, firsts=20), Reading(first_seconds=0.5, firsts=1), 2).first_token is None


def test_counter_that_began_anew_gives_no_speed() -> None:
    seen = load(Reading(generated=100, prompted=10), Reading(running=1, generated=3, prompted=12), seconds=1)
    assert seen == Load(1, None, None, 2, None)


def test_server_that_was_not_seen_before_has_no_speed_yet() -> None:
    assert load(None, Reading(1, 0, 50, 5), seconds=0) == Load(1, 0)


def test_loads_of_pods_add_up_and_the_unknown_stays_so() -> None:
    both = together([Load(1, None, 10.0, None, 0.2, 0.1), Load(2, None, 5.0, None, 0.4, 0.3)])
    assert both == Load(3, None, 15.0, None, pytest.approx(0.3), pytest.approx(0.2))
    assert together([]) == Load()
