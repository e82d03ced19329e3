#!/usr/bin/env python3
"""Finds what was otherwise in earlier releases of botocore: python3 src/catalog/renew_history.py

Reads sampled releases from PyPI, bisects each change of a service's hosts, signing name, endpoint
prefix, target prefix, protocol or JSON version to its exact release and day, and writes
table/history.txt. That is some hundred downloads and half an hour; the table is kept in the
repository, so renew.py does not need it. With --cache FOLDER the facts of each release read are
kept there, and a second run is quick and writes the same bytes.
"""
import argparse
import gzip
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

import renew

# endpoints.json, from which hosts are read, came with this release.
FIRST = (1, 4, 0)
EVERY = 40
REGIONS = {
    "us-east-1": "aws",
    "us-west-2": "aws",
    "eu-west-1": "aws",
    "cn-north-1": "aws-cn",
    "us-gov-west-1": "aws-us-gov",
}
METADATA = [
    ("endpoint-prefix", "endpointPrefix"),
    ("signing-name", "signingName"),
    ("target-prefix", "targetPrefix"),
    ("json-version", "jsonVersion"),
    ("protocol", "protocol"),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache")
    parser.add_argument("--in-environment", action="store_true")
    arguments = parser.parse_args()
    if arguments.in_environment:
        return find(pathlib.Path(arguments.cache))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = os.path.join(folder, "bin", "python")
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "botocore==" + renew.BOTOCORE], check=True
        )
        cache = arguments.cache or os.path.join(folder, "facts")
        script = [python, __file__, "--in-environment", "--cache", cache]
        return subprocess.run(script).returncode


def find(cache):
    cache.mkdir(parents=True, exist_ok=True)
    releases = Releases(cache)
    last = version_of(renew.BOTOCORE)
    known = [v for v in sorted(releases.days) if FIRST <= v <= last]
    samples = sorted(set(range(0, len(known), EVERY)) | {len(known) - 1})
    for low, high in zip(samples, samples[1:]):
        bisect(releases, known, low, high)
    lines = history(releases, known)
    renew.write(
        renew.TABLE / "history.txt",
        [
            "# Facts that were otherwise in earlier versions of botocore; written by "
            "renew_history.py.",
            "# service, fact, value, scope, first version and day, last version and day; "
            "`-` as the first: older than %s" % text_of(known[0]),
            "# scope `aws-`: in aws, but not in us-east-1; seen in us-west-2 and eu-west-1",
            *lines,
        ],
    )
    return 0


def bisect(releases, known, low, high):
    """Reads as many releases as it takes to have each change between two neighbours."""
    if high - low < 2 or not differ(releases.facts(known[low]), releases.facts(known[high])):
        return
    middle = (low + high) // 2
    bisect(releases, known, low, middle)
    bisect(releases, known, middle, high)


def differ(before, after):
    """A service that comes is no change of a fact; one that goes is."""
    return any(name not in after or before[name] != after[name] for name in before)


class Releases:
    """botocore's releases on PyPI, with their days and their facts."""

    def __init__(self, cache):
        from pip._internal.models.index import PyPI

        self.cache = cache
        request = urllib.request.Request(
            PyPI.simple_url + "/botocore/",
            headers={"Accept": "application/vnd.pypi.simple.v1+json"},
        )
        with urllib.request.urlopen(request) as answer:
            files = json.load(answer)["files"]
        self.days = {}
        for file in files:
            found = re.fullmatch(r"botocore-(\d+\.\d+\.\d+)-py.*\.whl", file["filename"])
            if found and not file["yanked"]:
                self.days[version_of(found.group(1))] = file["upload-time"][:10]
        self.read = {}

    def facts(self, version):
        if version not in self.read:
            path = self.cache / (text_of(version) + ".json")
            if not path.exists():
                path.write_text(json.dumps(self.downloaded(version), sort_keys=True))
            self.read[version] = json.loads(path.read_text())
        return self.read[version]

    def downloaded(self, version):
        print("reading botocore", text_of(version), flush=True)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
                + ["--no-cache-dir", "--only-binary", ":all:", "--dest", folder]
                + ["botocore==" + text_of(version)],
                check=True,
            )
            (wheel,) = pathlib.Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                return Wheel(archive).facts()


class Wheel:
    """One release's data."""

    def __init__(self, archive):
        self.archive = archive
        self.names = set(archive.namelist())
        self.versions = {}
        for name in self.names:
            found = re.fullmatch(r"botocore/data/([^/]+)/([^/]+)/service-2\.json(\.gz)?", name)
            if found:
                self.versions.setdefault(found.group(1), []).append(found.group(2))
        self.has_rule_sets = "botocore/endpoint_provider.py" in self.names
        client = archive.read("botocore/client.py").decode()
        # Until 1.29 the name of the certificate went before the host, for Python 2.6's sake.
        self.prefers_common_name = "sslCommonName" in client

    def text(self, path, most=-1):
        if path + ".gz" in self.names:
            return gzip.GzipFile(fileobj=io.BytesIO(self.archive.read(path + ".gz"))).read(most)
        if path in self.names:
            return self.archive.open(path).read(most)
        return None

    def facts(self):
        from botocore.loaders import Loader
        from botocore.regions import EndpointResolver

        endpoints = json.loads(self.text("botocore/data/endpoints.json"))
        for partition in endpoints["partitions"]:
            for service in partition["services"].values():
                service.setdefault("endpoints", {})  # some old files leave it out
        resolver = EndpointResolver(endpoints)
        self.partitions = Loader().load_data("partitions")
        self.outputs = {p["id"]: p["outputs"] for p in self.partitions["partitions"]}
        found = {}
        for name, versions in self.versions.items():
            folder = "botocore/data/%s/%s/" % (name, max(versions))
            head = self.text(folder + "service-2.json", 20000).decode("utf-8", "ignore")
            start = re.search(r'"metadata"\s*:\s*', head)
            metadata = json.JSONDecoder().raw_decode(head, start.end())[0]
            facts = {fact: metadata.get(key) for fact, key in METADATA}
            facts["signing-name"] = facts["signing-name"] or metadata["endpointPrefix"]
            for region, partition in REGIONS.items():
                facts["host " + region] = self.host(folder, metadata, resolver, region, partition)
            found[name] = facts
        return found

    def host(self, folder, metadata, resolver, region, partition):
        rules = self.has_rule_sets and self.text(folder + "endpoint-rule-set-1.json")
        if rules:
            return self.of_rules(json.loads(rules), region, partition)
        resolved = resolver.construct_endpoint(metadata["endpointPrefix"], region)
        if not resolved:
            return None
        host = resolved["hostname"]
        if self.prefers_common_name:
            host = resolved.get("sslCommonName", host)
        return pattern(host, region, self.outputs[partition])

    def of_rules(self, rules, region, partition):
        from botocore.endpoint_provider import EndpointProvider
        from botocore.exceptions import EndpointProviderError

        asked = {
            name: parameter["default"]
            for name, parameter in rules["parameters"].items()
            if parameter.get("default") is not None
        }
        # As the client of its time asked; the legacy global hosts are no change of the service.
        try:
            provider = EndpointProvider(rules, self.partitions)
            endpoint = provider.resolve_endpoint(**dict(asked, Region=region))
        except (EndpointProviderError, KeyError):
            return None
        return pattern(endpoint.url.split("//")[1].rstrip("/"), region, self.outputs[partition])


def pattern(host, region, outputs):
    if host.endswith("." + outputs["dnsSuffix"]):
        host = host[: -len(outputs["dnsSuffix"])] + "{suffix}"
    elif host.endswith("." + outputs["dualStackDnsSuffix"]):
        host = host[: -len(outputs["dualStackDnsSuffix"])] + "{dual}"
    return ".".join("{region}" if label == region else label for label in host.split("."))


def history(releases, known):
    """For each fact that is no longer so: when it began and when it ended."""
    read = [v for v in known if (releases.cache / (text_of(v) + ".json")).exists()]
    now = releases.facts(known[-1])
    services = (renew.TABLE / "services.txt").read_text().splitlines()
    columns = [line.split("\t") for line in services if not line.startswith("#")]
    protocols = {column[0]: column[6].split(",") for column in columns}
    found = []
    for name in sorted({name for version in read for name in releases.facts(version)}):
        spans = {}
        if name not in now:
            last = max(version for version in read if name in releases.facts(version))
            spans["service", name, None, last] = ["*"]
        for fact in now.get(name, ()):
            for value, since, until in eras(releases, read, known, name, fact):
                scope = "*"
                kind = fact
                # What is still spoken is no history, nor is the JSON version of a REST service.
                spoken = protocols.get(name, [])
                if kind == "protocol" and value in spoken:
                    continue
                if kind == "json-version" and "json" not in spoken:
                    continue
                if fact.startswith("host "):
                    kind, scope = fact.split(" ")
                key = (kind, value, since, until)
                spans.setdefault(key, []).append(scope)
        for (fact, value, since, until), scopes in spans.items():
            for scope in shortest(scopes):
                found.append((name, fact, value, scope, since, until))
    return [
        "\t".join([name, fact, value, scope, *marked(releases, since), *marked(releases, until)])
        for name, fact, value, scope, since, until in sorted(
            found, key=lambda row: (row[0], row[1], row[5], row[2], row[3])
        )
    ]


def eras(releases, read, known, name, fact):
    """The values of one fact in their order, without the one that holds in the last release."""
    runs = []
    for version in read:
        service = releases.facts(version).get(name)
        if service is None:
            continue
        value = service.get(fact)
        if runs and runs[-1][0] == value:
            runs[-1][2] = version
        else:
            runs.append([value, version, version])
    # A rule set that now asks for more than a region says nothing here.
    if runs and runs[-1][0] is None and fact.startswith("host "):
        return
    for at, (value, since, until) in enumerate(runs[:-1]):
        # A value that holds today is no history, even if there was another in between.
        if value is None or value == runs[-1][0]:
            continue
        yield value, None if at == 0 else since, until


def shortest(scopes):
    """Regions as partitions, and all partitions as `*`."""
    partitions = []
    for partition in dict.fromkeys(REGIONS.values()):
        regions = [region for region, of in REGIONS.items() if of == partition]
        here = [region for region in regions if region in scopes]
        if here == regions:
            partitions.append(partition)
        elif partition == "aws" and here == ["us-west-2", "eu-west-1"]:
            partitions.append("aws-")
        else:
            partitions += here
    if scopes == ["*"] or set(partitions) == set(REGIONS.values()):
        return ["*"]
    return partitions


def marked(releases, version):
    return ["-", "-"] if version is None else [text_of(version), releases.days[version]]


def version_of(text):
    return tuple(int(part) for part in text.split("."))


def text_of(version):
    return ".".join(str(part) for part in version)


if __name__ == "__main__":
    sys.exit(main())
