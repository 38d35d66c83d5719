"""Lists the tests that a run has skipped, a line each with its reason.

arguments: the repository's root, and a file that is as old as the run's beginning: older reports are not of this run
"""

import collections
import pathlib
import sys
import xml.etree.ElementTree as xml


def reason(skipped):
    """The first line of what the test said, without the exception's name."""
    text = skipped.get("message") or skipped.text or ""
    first = (text.strip() or "no reason given").splitlines()[0]
    return first.removeprefix("org.opentest4j.TestAbortedException: ").removeprefix("Assumption failed: ")


def skipped_tests(root, began):
    for report in sorted(root.glob("*/target/surefire-reports/TEST-*.xml")):
        if report.stat().st_mtime < began:
            continue
        for case in xml.parse(report).iter("testcase"):
            for skipped in case.iter("skipped"):
                name = case.get("classname", "").rpartition(".")[2]
                yield f"{name}.{case.get('name')}: {reason(skipped)}"


def main():
    root = pathlib.Path(sys.argv[1])
    found = collections.Counter(skipped_tests(root, pathlib.Path(sys.argv[2]).stat().st_mtime))
    print(f"== skipped tests: {found.total() or 'none'}")
    for line, times in found.items():
        print(f"   {line}" + (f" ({times} times)" if times > 1 else ""))


main()
