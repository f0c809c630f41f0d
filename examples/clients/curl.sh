# One question by curl, and the same as a stream that ends with [DONE].
# OPENAI_BASE_URL is the ModelService's status.openAIURL; OPENAI_API_KEY may be anything where no key is asked for.
set -eu

ask() {
  curl --silent --show-error --no-buffer --fail-with-body "$OPENAI_BASE_URL/chat/completions" \
    --header "Authorization: Bearer $OPENAI_API_KEY" \
    --header 'Content-Type: application/json' \
    --data "{\"model\": \"$MODEL\", \"stream\": $1, \"messages\": [{\"role\": \"user\", \"content\": \"Say hello.\"}]}"
}

ask false
ask true
