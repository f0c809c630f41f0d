# composed: `serve` after an image that says it itself, and GPUs that only the engine is told of
sudo docker run --rm -p 8000:8000 \
  -v ~/.cache/huggingface:/root/.cache/huggingface \
  vllm/vllm-openai:v0.32.0 serve Qwen/Qwen3-8B --max-model-len 4096 --tensor-parallel-size 2
