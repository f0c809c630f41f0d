# after vllm-project/vllm issue 14232
docker run --runtime nvidia --gpus all \
  -p 8000:8000 \
  --ipc=host \
  -v ~/.cache/huggingface:/root/.cache/huggingface \
  -e HF_TOKEN=$HF_TOKEN \
  vllm/vllm-openai:v0.7.3 \
  --tensor-parallel-size 4 \
  --model meta-llama/Llama-3.2-1B \
  --served-model-name model \
  --enable_lora \
  --max-loras 2
