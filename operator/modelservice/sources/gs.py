"""Google Cloud Storage: `gs://bucket/path`."""

from __future__ import annotations

import re

from modelservice.sources.bucket import Bucket

SOURCE = Bucket("gs://", re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"))
