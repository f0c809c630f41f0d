"""Values of secrets never leave; everything that helps to understand stays."""

from __future__ import annotations

import pytest

from modelservice.facts.redact import redact

HIDDEN = {
    "environment": ("HF_TOKEN=abc123", "HF_TOKEN=***"),
    "query": ("https://x/y?token=abc&a=1", "https://x/y?token=***&a=1"),
    "signed url": ("https://s3/x?X-Amz-Signature=aa11&b=2", "https://s3/x?X-Amz-Signature=***&b=2"),
    "flag": ("vllm serve --api-key abc --port 1", "vllm serve --api-key *** --port 1"),
    "flag with equals": ("--api-key=abc --port 1", "--api-key=*** --port 1"),
    "flag in a list": ("['--api-key', 'abc', '--x']", "['--api-key', '***', '--x']"),
    "dict": ("{'api_key': ['abc'], 'model': 'x'}", "{'api_key': ['***'], 'model': 'x'}"),
    "json": ('{"password": "hunter2", "user": "me"}', '{"password": "***", "user": "me"}'),
    "yaml": ("AWS_SECRET_ACCESS_KEY: xyz/+==", "AWS_SECRET_ACCESS_KEY: ***"),
    "bearer": ("Authorization: Bearer abcdefghijk", "Authorization: Bearer ***"),
    "basic": ("authorization: basic dXNlcjpwYXNz", "authorization: basic ***"),
    "url": ("fetch https://me:pass@host/x", "fetch https://***@host/x"),
    "proxy": ("HTTPS_PROXY=http://me:pa:ss@proxy:3128", "HTTPS_PROXY=http://***@proxy:3128"),
    "hugging face": ("got hf_abcdefgh12345 there", "got *** there"),
    "openai": ("key sk-proj-abcdefgh refused", "key *** refused"),
    "github": ("ghp_" + "a" * 36, "***"),
    "aws": ("AKIAABCDEFGHIJKLMNOP was used", "*** was used"),
    "json web token": ("eyJhbGciOiJI.eyJzdWIiOiIx.abc-def", "***"),
    "private key": ("a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb", "a\n***\nb"),
    "private key cut short": ("-----BEGIN PRIVATE KEY-----\nMII", "***"),
}
KEPT = [
    "couldn't find key token in Secret team/hf-token",
    'secret "hf-token" not found',
    "tokenizer='x' max_tokens=100 num_tokens: 5",
    "{'api_key': None, 'model': 'x'}",
    "Access to model org/name is restricted. Please log in.",
    "Invalid username or password",
    "the basic idea, bearer of news",
]


@pytest.mark.parametrize("case", HIDDEN)
def test_redact_hides_the_value_and_keeps_the_rest(case):
    text, expected = HIDDEN[case]
    assert redact(text) == expected


@pytest.mark.parametrize("case", HIDDEN)
def test_redact_twice_is_redact_once(case):
    text, expected = HIDDEN[case]
    assert redact(expected) == expected
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("text", KEPT)
def test_redact_leaves_what_is_no_secret(text):
    assert redact(text) == text
