"""How many bits a weight takes under each method of quantisation, and what is left as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelservice.estimate.parameters import Parameters

Config = Mapping[str, Any]

_WHOLE = {"float32": 32.0, "float": 32.0}
_FP8 = {"fp8", "fbgemm_fp8", "ptpc_fp8"}


@dataclass(frozen=True, slots=True)
class Scheme:
    """Bits a parameter, scales and zero points included."""

    name: str
    linear: float
    experts: float
    plain: float = 16.0

    def bytes_of(self, parameters: Parameters) -> int:
        bits = parameters.linear * self.linear + parameters.experts * self.experts + parameters.plain * self.plain
        return int(bits / 8)


def scheme(config: Config) -> Scheme:
    """What config.json says of its weights; methods that nobody knows count as the whole type."""
    whole = _WHOLE.get(str(config.get("torch_dtype") or config.get("dtype")), 16.0)
    said = config.get("quantization_config") or {}
    method = str(said.get("quant_method", "")).lower()
    if method == "mxfp4":
        return Scheme("MXFP4", whole, _grouped(4, 32, scale=8), whole)
    bits = _bits(said, method)
    return Scheme(_name(said, method), bits, bits, whole) if bits else Scheme(_dtype(config), whole, whole, whole)


def _bits(said: Config, method: str) -> float:
    if method in ("awq", "gptq", "awq_marlin", "gptq_marlin", "auto-round"):
        bits = said.get("bits") or said.get("w_bit") or 4
        return _grouped(bits, said.get("group_size") or said.get("q_group_size") or 128, zero=bits)
    if method in _FP8:
        return 8.0
    if method == "bitsandbytes":
        return 4.5 if said.get("load_in_4bit") else 8.0
    if method == "modelopt":
        return _grouped(4, 16, scale=8) if "FP4" in str(said.get("quant_algo", "")) else 8.0
    if method == "compressed-tensors":
        return _compressed(said)
    return 0.0


def _compressed(said: Config) -> float:
    groups = [group.get("weights") or {} for group in (said.get("config_groups") or {}).values()]
    weights: Config = next(iter(groups), {})
    bits = weights.get("num_bits") or 8
    size = weights.get("group_size")
    return _grouped(bits, size, scale=8 if weights.get("type") == "float" else 16) if size and size > 0 else float(bits)


def _grouped(bits: float, group: int, scale: int = 16, zero: float = 0) -> float:
    """With a scale, and perhaps a zero point, for each group of weights; -1 is one for a whole row."""
    return bits + (scale + zero) / group if group > 0 else float(bits)


def _name(said: Config, method: str) -> str:
    return str(said.get("quant_algo") or method).upper()


def _dtype(config: Config) -> str:
    return str(config.get("torch_dtype") or config.get("dtype") or "bfloat16")
