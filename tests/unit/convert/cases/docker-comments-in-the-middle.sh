# composed: a line of which each part bears a comment, as tutorials show it
$ sudo docker run -d \
  --runtime nvidia \          # NVIDIA Container Runtime
  --gpus '"device=0,1"' \     # two GPUs
  -p 9000:8000 \              # port
  --shm-size 16g \
  vllm/vllm-openai:v0.7.3 \
  --tensor-parallel-size 2 \
  --model meta-llama/Llama-3.2-1B \
  --served-model-name model other \
  --enable_lora \
  --max-loras 2
