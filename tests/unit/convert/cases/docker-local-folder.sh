# after vllm-project/vllm issue 4112: a model in a folder of the machine
docker run --runtime nvidia --gpus all -v /mnt_1/models:/models -p 8000:8000 --ipc=host vllm/vllm-openai:latest --model /models/Qwen/Qwen1.5-14B-Chat --served-model-name Qwen --gpu-memory-utilization 0.99 --max-model-len 8192 --tensor-parallel-size 1 --seed 42
