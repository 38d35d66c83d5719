"""The JMH benchmarks: a standard run, its baseline, and what has moved since that. Times on a shared machine are noisy; memory allocated per operation is not."""

import argparse
import json
import math
import os
import platform
import re
import subprocess
import sys

PACKAGE = "dev.rhizome.benchmarks."
ALLOCATION = "gc.alloc.rate.norm"
# The smallest object of the JVM has 16 bytes. What JMH itself allocates (some 30 kB a second) is counted as the operation's; a slow one has more of it.
OBJECT_BYTES = 16
JMH_BYTES_PER_MICROSECOND = 0.1
# What allocates thousands of bytes does not always allocate the same.
NOISE_SHARE = 0.1
STANDARD = ["-f", "2", "-wi", "3", "-w", "1s", "-i", "5", "-r", "1s"]
SECOND_LOOK = ["-f", "1", "-bm", "thrpt", "-wi", "3", "-w", "2s", "-i", "3", "-r", "1s"]
QUICK = ["-f", "1", "-wi", "1", "-w", "200ms", "-i", "3", "-r", "150ms"]
MODES = {"thrpt": "throughput", "sample": "sample"}
NAMED = ("name", "mode", "params")


def number(value):
    """JMH writes NaN as text where there are too few iterations for an error."""
    value = float(value)
    return 0.0 if math.isnan(value) else float(f"{value:.4g}")


def machine():
    model = platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} processors, Linux {platform.release()}"


def least(allocated):
    """
    What an operation allocated in the best of all iterations. What it always allocates is in every one of them; in some there is also what the compiler had not yet
    removed, and what JMH itself allocates.
    """
    return number(min(value for process in allocated["rawData"] for value in process))


def entry(result):
    """One result of JMH as it stands in a baseline."""
    score = result["primaryMetric"]
    # Sampling itself allocates for every sample: only the other mode tells what the operation does.
    metrics = result["secondaryMetrics"] if result["mode"] == "thrpt" else {}
    allocated = next((metric for name, metric in metrics.items() if name.endswith(ALLOCATION)), None)
    return {
        "name": result["benchmark"].removeprefix(PACKAGE),
        "mode": MODES[result["mode"]],
        "params": " ".join(f"{name}={value}" for name, value in sorted(result.get("params", {}).items())),
        "score": number(score["score"]),
        "error": number(score["scoreError"]),
        "unit": score["scoreUnit"],
        "bytes": least(allocated) if allocated else None,
    }


def summary(results, mode, load):
    return {
        "run": mode,
        "machine": machine(),
        "java": f"{results[0]['vmName']} {results[0]['vmVersion']}",
        "load": load,
        "results": sorted(map(entry, results), key=key),
    }


def key(found):
    return tuple(found[name] for name in NAMED)


def operation_us(found):
    if found["unit"] == "us/op":
        return found["score"]
    if found["unit"] == "ops/us":
        return 1 / found["score"] if found["score"] else 0.0
    raise ValueError(f"{found['name']} is in {found['unit']}, neither ops/us nor us/op")


def allocates_more(before, after):
    """Whether an object per operation has come that was not there."""
    if before["bytes"] is None or after["bytes"] is None:
        return False
    least_more = max(OBJECT_BYTES, JMH_BYTES_PER_MICROSECOND * operation_us(after), before["bytes"] * NOISE_SHARE)
    return after["bytes"] - before["bytes"] >= least_more


def moved(before, after):
    """What the score is now, as a multiple of what it was, if the two are apart by more than both errors; else none."""
    if abs(after["score"] - before["score"]) <= before["error"] + after["error"] or before["score"] == 0:
        return None
    return after["score"] / before["score"]


def compare(baseline, current, everything):
    """
    Lines for a person, and how many benchmarks allocate more.

    everything: whether the run was of all benchmarks, so that what it lacks is gone
    """
    before = {key(found): found for found in baseline["results"]}
    after = {key(found): found for found in current["results"]}
    lines, allocating, compared = [], 0, 0
    for name, found in after.items():
        if name not in before:
            lines.append((*name, "new", "", show(found), ""))
            continue
        compared += 1
        factor, more = moved(before[name], found), allocates_more(before[name], found)
        allocating += more
        if factor is not None or more:
            note = f"{memory(before[name])} -> {memory(found)} B/op: ALLOCATES MORE" if more else ""
            lines.append((*name, f"x {factor:.2f}" if factor else "", show(before[name]), show(found), note))
    for name in sorted(before.keys() - after.keys()) if everything else ():
        lines.append((*name, "missing", show(before[name]), "", ""))
    return lines, allocating, compared


def show(found):
    return f"{found['score']:g} ± {found['error']:g} {found['unit']}"


def memory(found):
    return "?" if found["bytes"] is None else f"{found['bytes']:.3g}"


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def report(baseline, current, everything):
    lines, allocating, compared = compare(baseline, current, everything)
    print(f"baseline: {baseline['run']} run on {baseline['machine']}, {baseline['java']}, load {baseline['load']}")
    print(f"now:      {current['run']} run on {current['machine']}, {current['java']}, load {current['load']}")
    if baseline["machine"] != current["machine"] or baseline["java"] != current["java"]:
        print("The machine or the JVM is another: only the allocations can be compared.")
    if lines:
        table([("benchmark", "mode", "parameters", "moved", "before", "now", "allocation"), *lines])
    else:
        print("Nothing has moved beyond both errors.")
    print(f"{compared} compared, {allocating} allocate more. Times do not decide, they are too noisy; a new allocation per operation does: exit code {int(allocating > 0)}.")
    return allocating


def run(arguments, settings, names, file_name="jmh.json"):
    """Runs JMH and gives back its results; those of benchmarks that could not run are not among them."""
    folder = arguments.folder
    output = os.path.join(folder, "target", file_name)
    if os.path.exists(output):
        os.unlink(output)
    command = [arguments.java, "-cp", os.path.join(folder, "target", "classes") + ":" + os.path.join(folder, "target", "lib", "*")]
    command += ["org.openjdk.jmh.Main", *settings, "-prof", "gc", "-jvmArgsAppend", "-XX:+UseSerialGC"]
    command += ["-rf", "json", "-rff", output, *arguments.jmh, *names]
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        sys.exit(f"JMH ended with exit code {done.returncode}; what it says is above")
    if not os.path.exists(output):
        # A list, or help.
        sys.exit(0)
    with open(output, encoding="utf-8") as file:
        results = json.load(file)
    if not results:
        sys.exit("no benchmark has run; what JMH says is above")
    return results


def look_again(arguments, current, doubtful):
    """What the compiler removes is removed late where the machine is busy: measures these once more, for longer, and takes the smaller allocation."""
    names = sorted({found["name"] for found in current["results"] if doubtful(found)})
    if not names:
        return
    print(f"Once more, for longer, because of what they seem to allocate: {', '.join(names)}", flush=True)
    patterns = [re.escape(PACKAGE + name) + "$" for name in names]
    results = run(arguments, SECOND_LOOK, patterns, "jmh-again.json")
    settle(current, {key(found): found for found in map(entry, results)})


def settle(current, again):
    for found in current["results"]:
        second = again.get(key(found))
        if second and found["bytes"] is not None:
            found["bytes"] = min(found["bytes"], second["bytes"])


def save(path, current):
    """One result a line, so that a change can be read."""
    head = {name: value for name, value in current.items() if name != "results"}
    lines = ",\n".join("  " + json.dumps(found, ensure_ascii=False) for found in current["results"])
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + "".join(f' {json.dumps(name)}: {json.dumps(value)},\n' for name, value in head.items()))
        file.write(' "results": [\n' + lines + "\n ]\n}\n")


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/bench jmh", description=__doc__)
    parser.add_argument("benchmarks", nargs="*", help="regular expressions of names; without one, all")
    parser.add_argument("--quick", action="store_true", help="one process for each benchmark and little time: for what is allocated, and roughly for times")
    parser.add_argument("--jmh", nargs=1, action="extend", default=[], metavar="ARGUMENT", help="one more argument for JMH, as in --jmh=-l; may be repeated")
    parser.add_argument("--java", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--baseline", action="store_true", help="write benchmarks/baseline.json")
    choice.add_argument("--compare", action="store_true", help="show what has moved since benchmarks/baseline.json; exit code 1 if an operation allocates more")
    arguments = parser.parse_args(words)
    if arguments.baseline and arguments.benchmarks:
        parser.error("a baseline is of all benchmarks: leave the names away")
    return arguments


def main(words):
    arguments = parse(words)
    path = os.path.join(arguments.folder, "baseline.json")
    if arguments.compare and not os.path.exists(path):
        sys.exit(f"{path} is not there; make one with 'scripts/bench jmh --baseline'")
    load = f"{os.getloadavg()[0]:.1f}"
    results = run(arguments, QUICK if arguments.quick else STANDARD, arguments.benchmarks)
    current = summary(results, "quick" if arguments.quick else "standard", load)
    if arguments.baseline:
        look_again(arguments, current, lambda found: (found["bytes"] or 0) >= OBJECT_BYTES)
        save(path, current)
        print(f"{len(current['results'])} results are in {path}")
    if arguments.compare:
        with open(path, encoding="utf-8") as file:
            baseline = json.load(file)
        before = {key(found): found for found in baseline["results"]}
        look_again(arguments, current, lambda found: key(found) in before and allocates_more(before[key(found)], found))
        return int(report(baseline, current, not arguments.benchmarks) > 0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
