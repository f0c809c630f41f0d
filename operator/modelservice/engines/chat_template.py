"""`serving.chatTemplate`: a path in the container, or a text that becomes a file there."""

from __future__ import annotations

from modelservice.engines.engine import File

MOUNTED = "/etc/modelservice/chat-template.jinja"


def template_path(template: str) -> str:
    """Where the engine finds it."""
    return template if _is_path(template) else MOUNTED


def template_files(template: str | None) -> tuple[File, ...]:
    """The file to mount, if it is a text."""
    return () if template is None or _is_path(template) else (File(MOUNTED, template),)


def _is_path(template: str) -> bool:
    return template.startswith("/") and "\n" not in template and "{" not in template
