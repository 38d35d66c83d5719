"""Prints what came of every step as one table, and the reasons of those that did not pass."""

import sys

SHORT = {"PASS": "pass", "FAIL": "FAIL", "NOT TESTED": "-"}


def main(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    columns = list(dict.fromkeys((kernel, front_end) for kernel, front_end, *_ in rows))
    steps = list(dict.fromkeys(step for _, _, step, *_ in rows))
    cells = {(kernel, front_end, step): result for kernel, front_end, step, result, _ in rows}
    titles = [f"{front_end} {kernel.partition('-')[0].partition('+')[0]}" for kernel, front_end in columns]
    print(f"{'':10}", *(f"{title:16}" for title in titles))
    for step in steps:
        print(f"{step:10}", *(f"{SHORT.get(cells.get((*column, step)), ''):16}" for column in columns))
    for kernel, front_end, step, result, reason in rows:
        if result != "PASS":
            print(f"{result}: {front_end} on {kernel}, {step}: {reason}")


if __name__ == "__main__":
    main(sys.argv[1])
