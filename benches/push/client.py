"""Weaviate's own client on the task of the `push` bench: python client.py OBJECTS REST_PORT GRPC_PORT.

OBJECTS is a file of JSON lines: id, properties, vector. Prints the seconds of pushing them, and its CPU seconds.
"""
import json
import sys
import time

import weaviate

path, rest_port, grpc_port = sys.argv[1:]
with open(path) as lines:
    objects = [json.loads(line) for line in lines]
client = weaviate.connect_to_custom(
    http_host="127.0.0.1",
    http_port=int(rest_port),
    http_secure=False,
    grpc_host="127.0.0.1",
    grpc_port=int(grpc_port),
    grpc_secure=False,
    skip_init_checks=True,
)
collection = client.collections.use("HealthDay")
wall, cpu = time.perf_counter(), time.process_time()
with collection.batch.fixed_size(batch_size=512, concurrent_requests=4) as batch:
    for one in objects:
        batch.add_object(properties=one["properties"], uuid=one["id"], vector={"default": one["vector"]})
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
failed = len(collection.batch.failed_objects)
client.close()
if failed:
    sys.exit(f"{failed} objects failed: {collection.batch.failed_objects[0].message}")
print(wall, cpu)
