"""Prints operator/modelservice/api/schema.json: the structural schema of a ModelService, made from the models."""

import json

from modelservice.api.crd import resource_schema

if __name__ == "__main__":
    print(json.dumps(resource_schema(), indent=1))
