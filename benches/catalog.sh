#!/bin/sh
# A cold look-up as a whole process, beside `curl --version` in the same run: sh benches/catalog.sh
# Prints the mean of 200 runs of each, in milliseconds; the look-up should take at most half.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet
bin=${CARGO_TARGET_DIR:-target}/release/countersign
python3 - "$bin" <<'PYTHON'
import subprocess, sys, time

RUNS = 200
COMMANDS = {
    "curl --version": ["curl", "--version"],
    "catalog SERVICE": [sys.argv[1], "catalog", "autoscaling-plans"],
    "catalog HOST": [sys.argv[1], "catalog", "autoscaling.ap-northeast-1.amazonaws.com"],
    "catalog TARGET": [
        sys.argv[1],
        "catalog",
        "AnyScaleScalingPlannerFrontendService.DescribeScalingPlans",
    ],
    "catalog OPERATION": [sys.argv[1], "catalog", "DescribeScalingPlans"],
}
total = dict.fromkeys(COMMANDS, 0.0)
for _ in range(RUNS):  # in turn, so that all see the same machine
    for name, command in COMMANDS.items():
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        total[name] += time.perf_counter() - start
for name, seconds in total.items():
    share = seconds / total["curl --version"]
    print("%-18s %6.2f ms  %.2f of curl --version" % (name, seconds / RUNS * 1000, share))
PYTHON
