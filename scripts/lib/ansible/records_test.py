"""The judge of the failover test must find what is lost: argument: records.py."""

import importlib.util
import io
import json
import os
import sys
import tempfile
import unittest
from contextlib import redirect_stdout

PROGRAM = sys.argv.pop()
SPEC = importlib.util.spec_from_file_location("records", PROGRAM)
records = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(records)


class JudgeTest(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.root = self.place.name
        self.folder = os.path.join(self.root, records.FOLDER)
        self.record = os.path.join(self.root, "record")
        os.mkdir(self.folder)
        self.lines = [records.line_of(number) for number in range(1, 101)]
        self.put_log()
        for number in range(93, 101):
            records.write_durably(self.file(number), records.line_of(number))
        self.acknowledge(100)

    def tearDown(self):
        self.place.cleanup()

    def file(self, number):
        return os.path.join(self.folder, f"file{number % records.FILES}")

    def put_log(self):
        with open(os.path.join(self.folder, "log"), "wb") as log:
            log.write(b"".join(self.lines))

    def acknowledge(self, number):
        with open(self.record, "wb") as file:
            file.write(b"".join(b"%d\n" % one for one in range(1, number + 1)))

    def judged(self):
        out = io.StringIO()
        with redirect_stdout(out):
            code = records.compare(self.root, self.record)
        found = json.loads(out.getvalue())
        return code, found["lost"], found["damaged"]

    def test_all_is_there(self):
        self.assertEqual(self.judged(), (0, 0, 0))

    def test_more_than_was_acknowledged_is_there(self):
        self.acknowledge(97)
        self.assertEqual(self.judged(), (0, 0, 0))

    def test_a_torn_last_line_that_was_not_acknowledged(self):
        self.acknowledge(99)
        self.lines[99] = self.lines[99][:3]
        self.put_log()
        self.assertEqual(self.judged(), (0, 0, 0))

    def test_the_last_record_is_lost(self):
        self.lines.pop()
        self.put_log()
        self.assertEqual(self.judged(), (1, 1, 0))

    def test_a_record_in_the_middle_is_zeroes(self):
        self.lines[49] = bytes(len(self.lines[49]))
        self.put_log()
        self.assertNotEqual(self.judged()[0], 0)

    def test_a_record_has_another_number(self):
        self.lines[49] = records.line_of(70)
        self.put_log()
        self.assertEqual(self.judged(), (1, 0, 1))

    def test_the_log_is_gone(self):
        os.unlink(os.path.join(self.folder, "log"))
        self.assertEqual(self.judged(), (1, 100, 0))

    def test_a_file_is_an_older_one(self):
        records.write_durably(self.file(100), records.line_of(92))
        self.assertEqual(self.judged(), (1, 1, 0))

    def test_a_file_is_empty(self):
        records.write_durably(self.file(98), b"")
        self.assertEqual(self.judged(), (1, 1, 0))

    def test_nothing_was_acknowledged(self):
        self.acknowledge(0)
        self.assertEqual(self.judged()[0], 1)


if __name__ == "__main__":
    unittest.main()
