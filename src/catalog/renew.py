#!/usr/bin/env python3
"""Renews the catalogue's tables from botocore: python3 src/catalog/renew.py

Installs the pinned botocore into a temporary virtual environment, writes the tables under
src/catalog/table/ and prints what changed. Nothing is ever sent to AWS. Run twice, it writes
the same bytes. by_hand.txt, patterns.txt and history.txt are not touched: the first two are kept
by hand, the third by renew_history.py.
"""
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import zipfile

BOTOCORE = "1.44.8"
TABLE = pathlib.Path(__file__).resolve().parent / "table"

# What a rule set asks for before it answers at all. The values only fill a label of the host.
FILL = {
    "Bucket": "bucket",
    "AccountId": "123456789012",
    "RequiresAccountId": True,
    "Key": "key",
    "Prefix": "key",
    "AccessPointName": "point",
    "OutpostId": "op-01234567890123456",
}
# What one service's rule set asks for whatever the operation.
ALWAYS = {"KvsARN": "arn:aws:cloudfront::123456789012:key-value-store/id"}
VARIANTS = [
    ("standard", {}),
    ("fips", {"UseFIPS": True}),
    ("dualstack", {"UseDualStack": True}),
    ("fips-dualstack", {"UseFIPS": True, "UseDualStack": True}),
]
# The AWS CLI's names for services that botocore calls otherwise (awscli/customizations).
CLI_NAMES = {"codedeploy": "deploy", "config": "configservice", "s3": "s3api"}


def main():
    if sys.argv[1:] == ["--in-environment"]:
        return write_tables()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = os.path.join(folder, "bin", "python")
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "botocore==" + BOTOCORE], check=True
        )
        return subprocess.run([python, __file__, "--in-environment"]).returncode


def write_tables():
    import botocore

    assert botocore.__version__ == BOTOCORE, botocore.__version__
    botocore_data = Data(os.path.join(os.path.dirname(botocore.__file__), "data"))
    tables = {
        "partitions.txt": partition_lines(botocore_data),
        "services.txt": [],
        "operations.txt": [],
        "hosts.txt": [],
    }
    described = {name: Described(botocore_data, name) for name in botocore_data.services}
    with tempfile.TemporaryDirectory() as folder:
        for version, names in sorted(retired().items()):
            data = Data(unpacked(version, folder))
            described.update({name: Described(data, name) for name in names})
    for name, service in sorted(described.items()):
        tables["services.txt"].append(service.line())
        tables["operations.txt"] += ["[%s]" % name, *service.operation_lines()]
        tables["hosts.txt"] += ["[%s]" % name, *service.host_lines()]
    for name, lines in tables.items():
        write(TABLE / name, ["# %s of botocore %s; written by renew.py" % (name, BOTOCORE), *lines])
    write(TABLE / "version.txt", [BOTOCORE])
    return 0


def retired():
    """Services that botocore no longer has, by the last release that had them."""
    found = {}
    for line in (TABLE / "history.txt").read_text().splitlines():
        columns = line.split("\t")
        if columns[1:2] == ["service"]:
            found.setdefault(columns[6], []).append(columns[0])
    return found


def unpacked(version, folder):
    """The data of an earlier release."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
        + ["--only-binary", ":all:", "--dest", folder, "botocore==" + version],
        check=True,
    )
    (wheel,) = pathlib.Path(folder).glob("botocore-%s-*.whl" % version)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(os.path.join(folder, version))
    return os.path.join(folder, version, "botocore", "data")


def write(path, lines):
    before = path.read_text().splitlines() if path.exists() else []
    if before == lines:
        print("%s: unchanged, %d lines" % (path.name, len(lines)))
        return
    changes = [
        line
        for line in difflib.unified_diff(before, lines, lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    print("%s: %d lines, %d of them differ" % (path.name, len(lines), len(changes)))
    for line in changes[:40]:
        print("  " + line)
    if len(changes) > 40:
        print("  … and %d more; see git diff" % (len(changes) - 40))
    path.write_text("\n".join(lines) + "\n", newline="\n")


class Data:
    """botocore's models, rule sets and partitions."""

    def __init__(self, folder):
        from botocore.loaders import Loader
        from botocore.regions import EndpointResolver

        self.loader = Loader(include_default_search_paths=False)
        self.loader.search_paths.append(folder)
        self.services = sorted(self.loader.list_available_services("service-2"))
        # Partitions came with the rule sets; earlier releases are read with today's.
        self.partitions = Loader().load_data("partitions")
        endpoints = self.loader.load_data("endpoints")
        for partition in endpoints["partitions"]:
            for service in partition["services"].values():
                service.setdefault("endpoints", {})  # some old files leave it out
        self.endpoints = EndpointResolver(endpoints)
        self.regions = [
            (partition["id"], region, partition["outputs"])
            for partition in self.partitions["partitions"]
            for region in sorted(partition["regions"])
            if not re.match("aws-iso.*-global", region)  # nobody ever names these
        ]


def partition_lines(data):
    lines = []
    for partition in data.partitions["partitions"]:
        outputs = partition["outputs"]
        lines.append(
            "\t".join(
                [
                    partition["id"],
                    outputs["dnsSuffix"],
                    outputs["dualStackDnsSuffix"],
                    outputs["implicitGlobalRegion"],
                    partition["regionRegex"].replace("\\-", "-"),
                    ",".join(sorted(partition["regions"])),
                ]
            )
        )
    return lines


class Described:
    """One service's facts."""

    def __init__(self, data, name):
        from botocore.endpoint_provider import EndpointProvider
        from botocore.exceptions import UnknownServiceError

        self.data = data
        self.name = name
        self.model = data.loader.load_service_model(name, "service-2")
        self.metadata = self.model["metadata"]
        try:
            self.rules = data.loader.load_service_model(name, "endpoint-rule-set-1")
        except UnknownServiceError:
            self.rules = {"version": "1.0", "parameters": {}, "rules": []}  # before 1.28
        self.provider = EndpointProvider(self.rules, data.partitions)
        self.default_name = self.metadata.get("signingName", self.metadata["endpointPrefix"])
        legacy = data.endpoints.construct_endpoint(self.metadata["endpointPrefix"], "us-east-1")
        self.default_name = (legacy or {}).get("credentialScope", {}).get("service", self.default_name)
        self.default_auth = auth_of(self.metadata)
        self.operations = [
            self.operation(name, model) for name, model in sorted(self.model["operations"].items())
        ]

    # -- services.txt

    def line(self):
        names = [self.default_name]
        for operation in self.operations:
            if operation["signing_name"] not in names:
                names.append(operation["signing_name"])
        # The most frequent first; `_` for none. A prefix of a host of its own (neptune-graph's data
        # plane) stands in patterns.txt.
        usual = most(operation["host"] for operation in self.operations)
        counted = [o["prefix"] or "_" for o in self.operations if usual in ("", o["host"])]
        prefixes = sorted(set(counted), key=lambda prefix: (-counted.count(prefix), prefix))
        if prefixes == ["_"] or self.name == "s3":
            prefixes = []
        from botocore.model import ServiceModel

        # The one that botocore speaks first.
        protocols = [ServiceModel(self.model, self.name).resolved_protocol]
        named = [self.metadata["protocol"], *self.metadata.get("protocols", [])]
        protocols += [p for p in dict.fromkeys(named) if p not in protocols]
        schemes = [operation["auth"] for operation in self.operations]
        auth = max(sorted(set(schemes) - {"none"}) or ["none"], key=schemes.count)
        self.auth = auth
        return "\t".join(
            [
                self.name,
                self.metadata.get("serviceId", self.name),
                self.metadata["serviceFullName"],
                self.metadata["apiVersion"],
                self.metadata["endpointPrefix"],
                ",".join(names),
                ",".join(protocols),
                self.metadata.get("jsonVersion", "-"),
                self.metadata.get("targetPrefix", "-"),
                auth,
                ",".join(prefixes) or "-",
                ",".join(self.aliases()) or "-",
            ]
        )

    def aliases(self):
        found = [
            self.metadata.get("serviceId", self.name).lower().replace(" ", "-"),
            CLI_NAMES.get(self.name, self.name),
            self.metadata.get("serviceAbbreviation", self.name),
        ]
        return [a for n, a in enumerate(found) if a != self.name and a not in found[:n]]

    # -- operations.txt

    def operation(self, name, model):
        auth = auth_of(model) if "auth" in model or "authtype" in model else self.default_auth
        scheme, url = self.endpoint_of(model)
        signing_name = self.default_name
        if scheme:
            signing_name = scheme.get("signingName", signing_name)
            if scheme["name"] == "sigv4a" and auth != "none":
                auth = "sigv4a"
        payload = "signed"
        if model.get("unsignedPayload") or model.get("authtype") == "v4-unsigned-body":
            payload = "unsigned"
        checksum = model.get("httpChecksum", {})
        if self.name == "s3" and "requestAlgorithmMember" in checksum and self.streams(model):
            payload = "streaming"
        return {
            "name": name,
            "method": model["http"]["method"],
            "uri": url.path.rstrip("/") + model["http"].get("requestUri", "/"),
            "auth": auth,
            "payload": payload,
            "signing_name": signing_name,
            "prefix": model.get("endpoint", {}).get("hostPrefix", ""),
            "host": url.netloc,
        }

    def streams(self, model):
        shape = self.model["shapes"][model["input"]["shape"]]
        if "payload" not in shape:
            return False
        return bool(shape["members"][shape["payload"]].get("streaming"))

    def endpoint_of(self, model):
        """What the rule set has for this operation: the first scheme that it names, the URL."""
        parameters = {
            name: fixed["value"] for name, fixed in model.get("staticContextParams", {}).items()
        }
        if "input" in model:
            shape = self.model["shapes"][model["input"]["shape"]]
            for required in shape.get("required", []):
                member = shape["members"][required]
                name = member.get("contextParam", {}).get("name")
                if name in FILL:
                    parameters.setdefault(name, FILL[name])
        if self.rules["parameters"].get("UseGlobalEndpoint"):
            parameters["UseGlobalEndpoint"] = self.name == "s3"
        endpoint = self.resolve(dict(parameters, Region="us-east-1"))
        schemes = (endpoint and endpoint.properties.get("authSchemes")) or [None]
        url = urllib.parse.urlsplit(endpoint.url if endpoint else "https:///")
        # In S3's URLs the bucket is part of the model's own URI.
        return schemes[0], url._replace(path="") if self.name == "s3" else url

    def resolve(self, parameters):
        from botocore.exceptions import EndpointProviderError

        known = self.rules["parameters"]
        asked = {name: value for name, value in ALWAYS.items() if name in known}
        asked.update({name: value for name, value in parameters.items() if name in known})
        for name, parameter in known.items():
            if parameter["type"] == "boolean" and parameter.get("default") is not None:
                asked.setdefault(name, parameter["default"])
        try:
            return self.provider.resolve_endpoint(**asked)
        except EndpointProviderError:
            return None

    def operation_lines(self):
        for operation in self.operations:
            words = [operation["name"], operation["method"], operation["uri"]]
            if operation["auth"] != self.auth:
                words.append("auth=" + operation["auth"])
            if operation["payload"] != "signed":
                words.append("payload=" + operation["payload"])
            if operation["signing_name"] != self.default_name:
                words.append("name=" + operation["signing_name"])
            if operation["prefix"]:
                words.append("prefix=" + operation["prefix"])
            yield " ".join(words)

    # -- hosts.txt

    def host_lines(self):
        for name, fixed in self.planes():
            for kind, switches in VARIANTS:
                word = kind + ("/" + name if name else "")
                lines = list(folded(word, self.hosts(dict(switches, **fixed))))
                yield from lines
        if self.name == "dynamodb":
            extra = {"AccountId": "123456789012", "AccountIdEndpointMode": "preferred"}
            yield from folded("account", self.of_account(extra))
        if self.name == "kinesis":
            for use in ("control", "data"):
                extra = {"StreamARN": "arn:%s:kinesis:%s:123456789012:stream/s", "OperationType": use}
                yield from folded("account/" + use, self.of_account(extra))

    def planes(self):
        """What operations fix of the rule set's parameters, where it leads to other hosts."""
        counted = {}
        for model in self.model["operations"].values():
            fixed = {n: v["value"] for n, v in model.get("staticContextParams", {}).items()}
            # A host that begins with a resource's own label stands in patterns.txt.
            if not model.get("endpoint", {}).get("hostPrefix", "").startswith("{"):
                key = tuple(sorted(fixed.items()))
                counted[key] = counted.get(key, 0) + 1
        counted.pop((), None)
        usual = sorted(counted, key=lambda key: (-counted[key], key))
        plain = self.hosts({})
        if usual and not any(plain.values()):
            plain = self.hosts(dict(usual[0]))
            yield "", dict(usual.pop(0))
        else:
            yield "", {}
        seen = [plain]
        for key in usual:
            hosts = self.hosts(dict(key))
            if any(hosts.values()) and hosts not in seen:
                seen.append(hosts)
                yield "-".join(n if v is True else str(v) for n, v in key), dict(key)

    def legacy_endpoint(self, region):
        from botocore.endpoint_provider import RuleSetEndpoint

        resolved = self.data.endpoints.construct_endpoint(self.metadata["endpointPrefix"], region)
        if not resolved:
            return None
        host = resolved.get("sslCommonName", resolved["hostname"])
        return RuleSetEndpoint(url="https://" + host, properties={}, headers={})

    def legacy_signing_region(self, partition, region):
        """Where botocore signs if the rule set does not say: the older endpoints.json decides."""
        prefix = self.metadata["endpointPrefix"]
        resolved = self.data.endpoints.construct_endpoint(prefix, region) or {}
        if resolved.get("partition") != partition:
            return region
        return resolved.get("credentialScope", {}).get("region", region)

    def of_account(self, switches):
        hosts = self.hosts(switches)
        return {at: (v if v and "{account}" in v[0] else None) for at, v in hosts.items()}

    def hosts(self, switches):
        """For each partition and region: the host's pattern, the signing region, the scheme."""
        found = {}
        for partition, region, outputs in self.data.regions:
            switches_here = {
                name: value % (partition, region) if name == "StreamARN" else value
                for name, value in switches.items()
            }
            endpoint = self.resolve(dict(switches_here, Region=region))
            if not self.rules["rules"] and not switches:
                endpoint = self.legacy_endpoint(region)
            signing = self.legacy_signing_region(partition, region)
            found[partition, region] = endpoint and described(endpoint, region, signing, outputs)
        return found


def auth_of(model):
    if model.get("authtype") == "none" or model.get("auth", [""])[0] == "smithy.api#noAuth":
        return "none"
    if model.get("signatureVersion") == "bearer" or "bearer" in model.get("auth", [""])[0].lower():
        return "bearer"
    if model.get("auth", [""])[0] == "aws.auth#sigv4a":
        return "sigv4a"
    if model.get("signatureVersion") == "v2" and model.get("serviceId") == "SimpleDB":
        return "sigv2"  # importexport's metadata says v2 too, yet botocore signs it V4
    return "sigv4"


def described(endpoint, region, signing, outputs):
    host = urllib.parse.urlsplit(endpoint.url).netloc
    host = host.replace("123456789012.", "{account}.")
    labels = host.split(".")
    for suffix, mark in (("dualStackDnsSuffix", "{dual}"), ("dnsSuffix", "{suffix}")):
        tail = outputs[suffix].split(".")
        if labels[-len(tail) :] == tail:
            labels = labels[: -len(tail)] + [mark]
            break
    labels = ["{region}" if label == region else label for label in labels]
    schemes = endpoint.properties.get("authSchemes") or [{}]
    signing = schemes[0].get("signingRegion", signing)
    if schemes[0].get("name") == "sigv4a":
        signing = "*"
    return ".".join(labels), "{region}" if signing == region else signing


def folded(kind, hosts):
    """Lines that say the same with as few words: for all, then for a partition, then a region."""
    partitions = list(dict.fromkeys(partition for partition, _ in hosts))
    usual = {
        partition: most(value for (p, _), value in hosts.items() if p == partition)
        for partition in partitions
    }
    everywhere = most(usual.values())
    if everywhere:
        yield host_line(kind, "*", everywhere)
    for partition in partitions:
        if usual[partition] != everywhere:
            yield host_line(kind, partition, usual[partition])
    for (partition, region), value in hosts.items():
        if filled(value, region) != filled(usual[partition], region):
            yield host_line(kind, region, value)


def filled(value, region):
    return value and tuple(part.replace("{region}", region) for part in value)


def most(values):
    """The value that stands most often."""
    values = list(values)
    return max(values, key=lambda value: (values.count(value), value or ("", "")))


def host_line(kind, scope, value):
    if value is None:
        return "%s %s -" % (kind, scope)
    pattern, signing = value
    if signing == "{region}":
        return "%s %s %s" % (kind, scope, pattern)
    return "%s %s %s %s" % (kind, scope, pattern, signing)


if __name__ == "__main__":
    sys.exit(main())
