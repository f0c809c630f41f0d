"""How much GPU memory a model takes: pure arithmetic over what its files say of themselves.

`config` and `gguf` read a model's shape, `safetensors` and `parameters` its weights, `memory` says what a GPU holds,
and `fit` searches the smallest number of GPUs. Files and networks are the caller's.
"""
