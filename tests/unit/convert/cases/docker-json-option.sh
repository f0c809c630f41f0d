# composed: options that hold JSON, data parallel, and a flag that says no
docker run --gpus all --ipc=host -p 8000:8000 vllm/vllm-openai:v0.32.0 deepseek-ai/DeepSeek-V3.1 \
  --data-parallel-size 2 --tensor-parallel-size 4 --enable-expert-parallel \
  --speculative-config '{"method": "mtp", "num_speculative_tokens": 1}' --no-enable-prefix-caching
