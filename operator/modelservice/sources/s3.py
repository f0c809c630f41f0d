"""Amazon S3 and every store that speaks its protocol (`modelSource.endpoint`): `s3://bucket/path`."""

from __future__ import annotations

import re

from modelservice.sources.bucket import Bucket

SOURCE = Bucket("s3://", re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"))
