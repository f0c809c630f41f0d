"""Manifests as bytes that the API server reads right, whatever a user wrote into them.

Server-side apply is decoded as YAML. JSON is YAML but for two things: YAML knows no surrogate pairs (`\\ud83d\\ude00`,
which is how JSON escapes what lies beyond the basic plane), and takes no control character unescaped.
"""

from __future__ import annotations

import json

from modelservice.kube.resources import Manifest

_MUST_BE_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)}


def encode(manifest: Manifest) -> bytes:
    """JSON that is YAML too. Lone surrogates, which no UTF-8 has, become question marks."""
    text = json.dumps(manifest, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_MUST_BE_ESCAPED).encode(errors="replace")
