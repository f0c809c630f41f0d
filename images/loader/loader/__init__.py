"""The loader: fetches one model into a model cache, whole or not at all, and says on the way what it does."""
