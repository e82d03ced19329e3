#!/usr/bin/env python3
"""Lets botocore sign a request for every operation and writes down what it would have sent.

    python3 -m venv V && V/bin/pip install botocore==1.44.8 awscrt
    V/bin/python tests/catalog/observe.py > tests/catalog/operations.tsv

Nothing is sent: a hook takes each request before it goes out. This is the oracle against which
`tests/catalog.rs` holds the table, so it shares nothing with src/catalog/renew.py.
"""
import re
import sys
import warnings
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

warnings.filterwarnings("ignore")
SPECIAL = {
    ("s3", "Bucket"): "bucket",
    ("AccountId",): "123456789012",
    ("machinelearning", "PredictEndpoint"): "https://realtime.machinelearning.us-east-1.amazonaws.com",
    ("KvsARN",): "arn:aws:cloudfront::123456789012:key-value-store/id",
}


def value(shape, service, name, depth=0):
    """The least value that the model takes."""
    if (service.replace("s3control", "s3"), name) in SPECIAL:
        return SPECIAL[service.replace("s3control", "s3"), name]
    if service == "kinesis" and name.endswith(("ARN", "Arn")):
        kind = name[:-3].lower() or "stream"
        kind = "stream/s/consumer/c:1" if kind == "consumer" else kind + "/s"
        return "arn:aws:kinesis:us-east-1:123456789012:%s" % kind.replace("resource", "stream")
    if (name,) in SPECIAL:
        return SPECIAL[name,]
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_tagged_union", False) and depth < 6:
            first = next(iter(shape.members.items()))
            return {first[0]: value(first[1], service, first[0], depth + 1)}
        if depth >= 6:
            return {}
        return {
            member: value(shape.members[member], service, member, depth + 1)
            for member in shape.required_members
        }
    if kind == "list":
        least = max(1, shape.metadata.get("min", 0)) if depth < 6 else 0
        return [value(shape.member, service, name, depth + 1)] * min(least, 20)
    if kind == "map":
        return {"k": value(shape.value, service, name, depth + 1)} if depth < 6 else {}
    if kind == "string":
        if shape.enum:
            return shape.enum[0]
        return "x" * max(1, min(shape.metadata.get("min", 1), 64))
    if kind == "blob":
        return b"x"
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return shape.metadata.get("min", 1)
    if kind in ("float", "double"):
        return 1.0
    if kind == "timestamp":
        return 0
    return "x"


def observe(service, out):
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "example")
    client = session.create_client(
        service,
        region_name="us-east-1",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    seen = []

    def take(request, **_):
        seen.append(request)
        return AWSResponse(request.url, 200, {}, None)

    client.meta.events.register("before-send", take)
    model = client.meta.service_model
    last = [""] * 10
    out.write("[%s]\n" % service)
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        parameters = value(shape, service, "") if shape else {}
        seen.clear()
        error = None
        try:
            client._make_api_call(operation, parameters)
        except Exception as caught:
            error = caught
        if not seen:
            out.write("\t".join([operation, "-", repr(error)[:160]]) + "\n")
            continue
        request = seen[0]
        address = urlsplit(request.url)
        headers = {name.lower(): text for name, text in request.headers.items()}
        headers = {n: t.decode() if isinstance(t, bytes) else str(t) for n, t in headers.items()}
        authorization = headers.get("authorization", "")
        scope = re.search(r"Credential=[^/]+/([^,]+)", authorization)
        if scope:
            parts = scope.group(1).split("/")
            how = authorization.split(" ")[0]
            signed = [how, parts[-2], parts[1] if len(parts) == 4 else "-"]
        else:
            body = request.body or b""
            v2 = "SignatureVersion" in str(body)
            signed = ["sigv2" if v2 else "bearer" if authorization else "none", "-", "-"]
        digest = headers.get("x-amz-content-sha256", "-")
        digest = digest if not re.fullmatch("[0-9a-f]{64}", digest) else "sha256"
        path = address.path + ("?" + address.query if address.query else "")
        prefix = headers.get("x-amz-target", "-").rpartition(".")[0] or "-"
        line = [operation, request.method, path, address.netloc, *signed]
        line += [prefix, headers.get("content-type", "-"), digest]
        # What stands in the line above is not said again.
        shown = ["=" if at and one == last[at] else one for at, one in enumerate(line)]
        out.write("\t".join(shown) + "\n")
        last = line


def main():
    services = sys.argv[1:] or botocore.session.Session().get_available_services()
    for service in services:
        observe(service, sys.stdout)


if __name__ == "__main__":
    main()
