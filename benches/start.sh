#!/bin/sh
# Whole processes beside `curl --version` in the same run: sh benches/start.sh
# Prints the least and the middle of 200 runs of each, in milliseconds. The comparison of the
# bundled pair and a look-up should each take at most half of curl's time.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet
bin=${CARGO_TARGET_DIR:-target}/release/countersign
python3 - "$bin" <<'PYTHON'
import statistics, subprocess, sys, time

RUNS = 200
BIN = sys.argv[1]
CASE = "fixtures/cases/autoscaling-plans-both-traps/"
TARGET = "AnyScaleScalingPlannerFrontendService.DescribeScalingPlans"
COMMANDS = {
    "curl --version": ["curl", "--version"],
    "diff MINE THEIRS": [BIN, "diff", CASE + "my-request.http", CASE + "aws-debug.log"],
    "catalog SERVICE": [BIN, "catalog", "autoscaling-plans"],
    "catalog HOST": [BIN, "catalog", "autoscaling.ap-northeast-1.amazonaws.com"],
    "catalog TARGET": [BIN, "catalog", TARGET],
    "catalog OPERATION": [BIN, "catalog", "DescribeScalingPlans"],
}
# `diff` finds something, and says so by its exit code.
CODES = {"diff MINE THEIRS": 1}
times = {name: [] for name in COMMANDS}
for _ in range(RUNS):  # in turn, so that all see the same machine
    for name, command in COMMANDS.items():
        start = time.perf_counter()
        code = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
        times[name].append(time.perf_counter() - start)
        assert code == CODES.get(name, 0), (name, code)
curl = times["curl --version"]
for name, own in times.items():
    least, middle = min(own), statistics.median(own)
    shares = least / min(curl), middle / statistics.median(curl)
    print(
        "%-18s least %5.2f ms, middle %5.2f ms: %.2f and %.2f of curl --version"
        % (name, least * 1000, middle * 1000, *shares)
    )
PYTHON
