# after michaelfeil/infinity docs/deploy.md
docker run -it --gpus all -v $PWD/data:/app/.cache -p 7997:7997 michaelf34/infinity:0.0.77 \
  v2 --model-id michaelfeil/bge-small-en-v1.5 --model-id mixedbread-ai/mxbai-rerank-xsmall-v1 --port 7997
