"""Takes secrets out of text that comes from outside: logs, messages of pods and Events, errors of the API server.

Such text ends up in status, Events and logs, which more people may read than the Secret. Names stay, values go.
"""

from __future__ import annotations

import re

HIDDEN = "***"

_NAME = (
    r"[\w.-]{0,64}?(?:token|api[-_]?key|secret[-_]?key|access[-_]?key(?:[-_]?id)?|secret|passwd|password|passphrase"
    r"|credentials?|signature)"
)
_VALUE = r"(?!(?:None|null|True|False)\b)(?!\[?['\"]?\*\*\*)[^\s\"',;&})\]]+"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # https://user:password@host
    (re.compile(r"\b([a-z][a-z0-9+.-]{0,20}://)[^\s/@'\"]+@", re.I), rf"\1{HIDDEN}@"),
    # Authorization: Bearer abc
    (re.compile(r"\b(bearer|basic)(\s+)[a-z0-9._~+/=-]{6,}", re.I), rf"\1\2{HIDDEN}"),
    # HF_TOKEN=abc, ?token=abc, password: abc, "api_key": "abc", 'api_key': ['abc']
    (re.compile(rf"\b({_NAME}[\"']?\s*[=:]\s*\[?[\"']?){_VALUE}", re.I), rf"\1{HIDDEN}"),
    # --api-key abc, and the same as an argv list: '--api-key', 'abc'
    (re.compile(rf"(--{_NAME}(?:[\"'],)?\s+[\"']?){_VALUE}", re.I), rf"\1{HIDDEN}"),
    # tokens known by their form: Hugging Face, OpenAI, GitHub, GitLab, AWS, Google, JSON web tokens
    (
        re.compile(
            r"\b(?:hf_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{8,}|gh[pousr]_[A-Za-z0-9]{16,}|glpat-[A-Za-z0-9_-]{10,}"
            r"|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}[A-Za-z0-9._-]*)"
        ),
        HIDDEN,
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), HIDDEN),
)


def redact(text: str) -> str:
    """The text without values that look like secrets; applying it twice changes nothing more."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
