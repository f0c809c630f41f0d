# composed: the CPU image
docker run --rm --privileged=true --shm-size=4g -p 8000:8000 -e VLLM_CPU_KVCACHE_SPACE=4 \
  vllm/vllm-openai-cpu:v0.17.0 --model=meta-llama/Llama-3.2-1B-Instruct --dtype=bfloat16
