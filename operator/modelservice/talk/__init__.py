"""How this machine talks to a model server: one request, a stream of events, many at once. It knows no cluster."""
