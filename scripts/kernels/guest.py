"""In the guest: takes one front end through the scenario, and writes what came of each step to /run/job/results."""

import argparse
import sys
import time
import traceback

from front_ends import FRONT_ENDS
from lab import Failure, Untested, say

# After a failure of these there is nothing to go on with.
ESSENTIAL = ("start", "ext4", "restart", "stop", "demotion", "overtaken", "kill")


def outcome(step):
    try:
        step()
        return "PASS", ""
    except Untested as reason:
        return "NOT TESTED", str(reason)
    except Failure as failure:
        return "FAIL", str(failure)
    except Exception as bug:  # pylint: disable=broad-exception-caught
        # A step's own fault, or an error of the device that it did not expect.
        traceback.print_exc(file=sys.stdout)
        return "FAIL", f"{type(bug).__name__}: {bug}"


def main():
    parser = argparse.ArgumentParser(prog="guest", description=__doc__)
    parser.add_argument("front_end", choices=FRONT_ENDS)
    options = parser.parse_args()
    scenario = FRONT_ENDS[options.front_end]()
    lost = None
    bad = False
    with open("/run/job/results", "a", encoding="utf-8") as results:
        for name, step in scenario.steps():
            began = time.monotonic()
            say(f"-- {options.front_end}: {name}: {(step.__doc__ or '').strip().splitlines()[0] if step.__doc__ else ''}")
            result, reason = ("NOT TESTED", f"nothing to go on with after {lost}") if lost else outcome(step)
            reason = " ".join(reason.split())
            say(f"   {result} {reason} ({time.monotonic() - began:.0f} s)")
            print(options.front_end, name, result, reason, sep="\t", file=results, flush=True)
            bad = bad or result == "FAIL"
            if name in ESSENTIAL and (result == "FAIL" or name == ESSENTIAL[0] and result != "PASS"):
                lost = name
    with open("/run/job/code", "w", encoding="ascii") as code:
        code.write(str(int(bad)))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
