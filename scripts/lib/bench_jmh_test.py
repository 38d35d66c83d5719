"""What scripts/bench jmh --compare says of made-up results: python3 -m unittest scripts/lib/bench_jmh_test.py."""

import json
import os
import tempfile
import unittest

import bench_jmh


def found(name, score, error, allocated=0.0):
    return {"name": name, "mode": "throughput", "params": "", "score": score, "error": error, "unit": "ops/us", "bytes": allocated}


def judge(before, after, everything=True):
    return bench_jmh.compare({"results": before}, {"results": after}, everything)


class Comparison(unittest.TestCase):
    def test_a_time_moves_only_beyond_both_errors(self):
        self.assertEqual(([], 0, 1), judge([found("a", 100, 10)], [found("a", 119, 10)]))
        lines, allocating, _ = judge([found("a", 100, 10)], [found("a", 150, 10)])
        self.assertEqual(("x 1.50", 0), (lines[0][3], allocating))

    def test_a_new_object_per_operation_counts(self):
        lines, allocating, _ = judge([found("a", 100, 10)], [found("a", 100, 10, 16.0)])
        self.assertEqual(1, allocating)
        self.assertIn("ALLOCATES MORE", lines[0][6])

    def test_less_than_an_object_and_fewer_objects_do_not(self):
        self.assertEqual(0, judge([found("a", 100, 10)], [found("a", 100, 10, 15.9)])[1])
        self.assertEqual(0, judge([found("a", 100, 10, 300.0)], [found("a", 100, 10, 0.0)])[1])

    def test_what_jmh_itself_allocates_during_a_slow_operation_does_not(self):
        self.assertEqual(0, judge([found("a", 0.001, 0)], [found("a", 0.001, 0, 99.0)])[1])
        self.assertEqual(1, judge([found("a", 0.001, 0)], [found("a", 0.001, 0, 101.0)])[1])

    def test_a_second_look_counts_if_it_finds_less(self):
        current = {"results": [found("a", 100, 10, 80.0), found("b", 100, 10, 0.0)]}
        bench_jmh.settle(current, {bench_jmh.key(second): second for second in (found("a", 1, 1, 0.5), found("b", 1, 1, 40.0))})
        self.assertEqual([(100, 0.5), (100, 0.0)], [(each["score"], each["bytes"]) for each in current["results"]])

    def test_a_tenth_more_of_thousands_is_noise(self):
        self.assertEqual(0, judge([found("a", 100, 10, 8000.0)], [found("a", 100, 10, 8700.0)])[1])
        self.assertEqual(1, judge([found("a", 100, 10, 8000.0)], [found("a", 100, 10, 8900.0)])[1])

    def test_what_is_new_or_missing_is_named(self):
        lines = judge([found("a", 100, 10)], [found("b", 100, 10)])[0]
        self.assertEqual([("a", "missing"), ("b", "new")], sorted((line[0], line[3]) for line in lines))
        self.assertEqual([("b", "new")], [(line[0], line[3]) for line in judge([found("a", 100, 10)], [found("b", 100, 10)], False)[0]])


class Results(unittest.TestCase):
    RESULT = {
        "benchmark": "dev.rhizome.benchmarks.A.b",
        "mode": "thrpt",
        "params": {"y": "2", "x": "1"},
        "primaryMetric": {"score": 12.34567, "scoreError": "NaN", "scoreUnit": "ops/us"},
        "secondaryMetrics": {"·gc.alloc.rate.norm": {"score": 28.0, "scoreError": 9.0, "rawData": [[36.0, 24.0], [24.5, 27.5]]}, "·gc.count": {"score": 0.0, "scoreError": "NaN"}},
        "vmName": "VM",
        "vmVersion": "17",
    }

    def test_an_entry_is_made_of_a_result(self):
        made = bench_jmh.entry(self.RESULT)
        self.assertEqual(("A.b", "throughput", "x=1 y=2", 12.35, 0.0, 24.0), tuple(made[name] for name in ("name", "mode", "params", "score", "error", "bytes")))

    def test_what_sampling_allocates_is_nobodys(self):
        self.assertIsNone(bench_jmh.entry({**self.RESULT, "mode": "sample"})["bytes"])

    def test_a_baseline_is_read_as_it_was_written(self):
        current = bench_jmh.summary([self.RESULT], "quick", "0.0")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "baseline.json")
            bench_jmh.save(path, current)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(current, json.load(file))


if __name__ == "__main__":
    unittest.main()
