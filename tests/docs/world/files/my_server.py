"""The least that a server of one's own does: it listens where it is told and answers 200 on /health."""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

MODELS = {"object": "list", "data": [{"id": "org/model", "object": "model"}]}


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(MODELS).encode())


HTTPServer(("127.0.0.1", int(os.environ["MODELSERVICE_PORT"])), Server).serve_forever()
