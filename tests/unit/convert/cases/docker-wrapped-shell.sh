# composed: an entrypoint that is a shell with two commands, and a key on the command line
docker run --gpus 1 --entrypoint bash vllm/vllm-openai:v0.8.5 -c "pip install timm && vllm serve microsoft/Phi-3.5-vision-instruct --limit-mm-per-prompt image=2 --api-key secret"
