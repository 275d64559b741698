#!/usr/bin/env python3
"""Judges an OpenAPI document: openapi_check.py DOCUMENT [SCHEMA ANSWER]...

The document is held against openapi.schema.json beside this file (and against openapi-spec-validator, where Python has
it); each answer, a file, against the schema of that name in the document, where nothing but what the schema names may
stand. Says what is wrong and exits with 1."""
import json
import os
import sys

import jsonschema


def strict(schema):
    """OpenAPI's `nullable` as JSON schema, and objects closed."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key != "nullable"}
    if "properties" in schema and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def main(document_file, *pairs):
    with open(document_file) as file:
        document = json.load(file)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "openapi.schema.json")) as file:
        jsonschema.Draft7Validator(json.load(file)).validate(document)
    try:
        from openapi_spec_validator import validate
    except ImportError:
        print("openapi-spec-validator is not installed: the schema of this folder stands alone")
    else:
        validate(document)
    schemas = {"components": {"schemas": {name: strict(one) for name, one in document["components"]["schemas"].items()}}}
    for name, answer_file in zip(pairs[::2], pairs[1::2]):
        with open(answer_file) as file:
            answer = json.load(file)
        jsonschema.Draft7Validator({"$ref": "#/components/schemas/" + name, **schemas}).validate(answer)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as wrong:
        print(f"{type(wrong).__name__}: {wrong}")
        sys.exit(1)
