"""Engine options as base64 JSON, the form in which stock images of other platforms take them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from modelservice.convert.server import ConvertError


def decoded(text: str) -> dict[str, Any]:
    """As `engine.options` has them: names without dashes before them."""
    try:
        found = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ConvertError(f"the options are no base64 JSON: {error}") from error
    if not isinstance(found, dict):
        raise ConvertError('the options are no JSON object: write {"dtype": "half"} before encoding it')
    return {name.lstrip("-").replace("_", "-"): value for name, value in found.items()}
