# composed: one of several GPUs, AWQ, and a release with a suffix
docker run -it --rm --gpus "device=1" --ipc=host -p 8000:8000 -v /data/models:/models vllm/vllm-openai:v0.6.3.post1 \
  --model /models/Qwen2.5-32B-Instruct-AWQ --quantization awq_marlin --trust-remote-code --swap-space 8
