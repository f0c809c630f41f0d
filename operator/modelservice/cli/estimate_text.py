"""How an estimate is printed: sentences and tables for people, one object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from modelservice.cli.estimate_report import Report
from modelservice.cli.output import as_yaml
from modelservice.estimate.fit import Fit, counts
from modelservice.estimate.memory import GIB


def as_text(report: Report) -> str:
    """What it is made of, whether it fits, what remains, and the YAML."""
    return "\n".join((*_model(report), "", *_verdict(report), ""))


def as_json(report: Report) -> str:
    """Sizes in bytes, those of a fit on each GPU."""
    shape = report.described.model.shape
    told = {
        "model": report.reference,
        "engine": report.engine.value,
        "architecture": shape.architecture,
        "parameters": shape.parameters or None,
        "weights": report.described.model.weights,
        "weightsType": report.described.weights_type,
        "gpu": report.gpu and {"name": report.gpu.name, "memory": report.gpu.memory},
        "context": report.wanted.context,
        "fits": report.fit is not None if report.gpu else None,
        "fit": _numbers(report.fit),
        "kinds": {name: _numbers(fit) for name, fit in report.kinds.items()},
        "remaining": [{"context": context, "concurrency": requests} for context, requests in report.remaining],
        "manifest": report.manifest or None,
    }
    return json.dumps(told, indent=2) + "\n"


def _numbers(fit: Fit | None) -> dict[str, int] | None:
    if fit is None:
        return None
    numbers = {name: value for name, value in asdict(fit).items() if isinstance(value, int)}
    return {**numbers, "requests": fit.requests}


def _model(report: Report) -> Iterator[str]:
    described, shape = report.described, report.described.model.shape
    size = f", {shape.parameters / 1e9:.1f} billion parameters" if shape.parameters else ""
    yield f"{report.reference}: {shape.architecture}, {shape.layers} layers{size}, {described.weights_type}"
    yield f"up to {shape.context:,} tokens a request; below, {report.wanted.context:,}"
    yield ""
    yield f"weights       {_size(described.model.weights)} ({described.weights_origin})"


def _verdict(report: Report) -> Iterator[str]:
    if report.gpu is None:
        yield from _kinds(report)
    elif report.fit is None:
        yield from _refusal(report)
    else:
        yield from _fit(report, report.fit)


def _kinds(report: Report) -> Iterator[str]:
    rows = [("GPU", "FEWEST", "REQUESTS AT ONCE")]
    for name, fit in report.kinds.items():
        rows.append((name, str(fit.gpus), f"{fit.requests:,}") if fit else (name, "none", "does not fit"))
    yield from _table(rows)
    yield ""
    yield "Name a GPU with --gpu or --gpu-memory for what remains on it, and for the YAML."


def _refusal(report: Report) -> Iterator[str]:
    assert report.gpu is not None
    each = f"{report.gpu.name} ({_size(report.gpu.memory)} each)"
    yield f"It does not fit on {', '.join(map(str, counts(report.described.model.shape)))} x {each}."
    yield "Ask for a GPU with more memory, a lower --context or --concurrency, or take a quantised form of the model."


def _fit(report: Report, fit: Fit) -> Iterator[str]:
    assert report.gpu is not None
    many = fit.gpus > 1
    each = " on each GPU" if many else ""
    yield f"It fits on {fit.gpus} x {report.gpu.name} ({_size(report.gpu.memory)}{' each' if many else ''}):"
    yield ""
    yield from _table(
        [
            ("weights", _size(fit.weights), each.strip()),
            ("activations", _size(fit.activations), "while a step is computed"),
            ("overhead", _size(fit.overhead), "CUDA, its graphs, libraries"),
            (
                "KV cache",
                _size(fit.cache),
                f"{fit.per_token / 1024:,.1f} KiB a token, {_size(fit.per_request)} a request",
            ),
        ]
    )
    yield ""
    yield from _table(
        [
            ("CONTEXT", "REQUESTS AT ONCE"),
            *((f"{context:,}", f"{requests:,}") for context, requests in report.remaining),
        ]
    )
    yield ""
    yield as_yaml([report.manifest]).rstrip("\n")


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _size(size: int) -> str:
    return f"{size / GIB:,.1f} GiB"
