"""What guide_text refuses, so that no block of docs/operations.md can be passed over, and how it compares what was printed."""

import unittest

from guide_text import Reader, Unreadable, first_missing

PLACE = "On **alpha**:"


def read(*lines):
    return Reader(["## 1. Install", *lines]).read()


class Refusals(unittest.TestCase):
    def refused(self, why, *lines):
        with self.assertRaisesRegex(Unreadable, why):
            read(*lines)

    def test_a_block_that_nobody_is_told_where_to_type(self):
        self.refused("nothing says where", "```sh", "true", "```")

    def test_a_place_without_a_block(self):
        self.refused("no block of commands follows", PLACE, "", "And so on.")
        self.refused("no block of commands follows", PLACE)

    def test_a_place_that_is_not_known(self):
        self.refused("is none of", "On **gamma**:")
        self.refused("is none of", "On **alpha**, on Sundays:")
        self.refused("is none of", "By hand do it.")

    def test_another_language(self):
        self.refused("a block is 'sh' or 'text'", PLACE, "```console", "true", "```")
        self.refused("a block is 'sh' or 'text'", PLACE, "```", "true", "```")

    def test_a_command_in_running_text(self):
        self.refused("make it a block", "Then give `rhizome down data`.")
        self.refused("make it a block", "| and | `umount /srv/data` |")

    def test_commands_of_which_one_may_fail_unnoticed(self):
        self.refused("a line of its own", PLACE, "```sh", "false && true", "true", "```")

    def test_output_of_nothing(self):
        self.refused("could have printed", "```text", "done", "```")
        self.refused("could have printed", "By hand: wait.", "```text", "done", "```")

    def test_sections_out_of_order(self):
        self.refused("not numbered", "## 3. Later")
        self.refused("has a number", "## Later")


class Steps(unittest.TestCase):
    def test_ways_nodes_and_lines(self):
        section = read("By hand, with pcs: wait.", "", "On **both**, under Pacemaker:", "", "```sh", "one", "two", "```", "```text", "done", "```")[0]
        hand, block = section.steps
        self.assertEqual((hand.text, hand.ways, hand.by_hand()), ("wait.", ("pcs",), True))
        self.assertEqual((block.text, block.ways, block.nodes), ("one\ntwo\n", ("pcs", "crmsh"), ("alpha", "beta")))
        self.assertEqual((block.line, block.printed), (6, [(11, "done")]))

    def test_an_outage_that_is_promised_not_to_be(self):
        self.assertTrue(read("*When*: now. *Outage*: none.")[0].without_outage)
        self.assertFalse(read("*Outage*: a minute.")[0].without_outage)


class Printed(unittest.TestCase):
    def missing(self, output, *lines):
        return first_missing(list(enumerate(lines, 1)), output)

    def test_lines_in_their_order_with_others_between(self):
        self.assertIsNone(self.missing("a\nx\n  b  c\n", "a", "b c"))
        self.assertEqual(self.missing("b\na\n", "a", "b"), (2, "b"))

    def test_a_line_is_a_whole_line_but_for_dots(self):
        self.assertEqual(self.missing("disk:UpToDate or not\n", "disk:UpToDate"), (1, "disk:UpToDate"))
        self.assertIsNone(self.missing("size: 5 bytes\n", "size: ..."))
        self.assertIsNone(self.missing("name:x...y\n", "name:..."))


if __name__ == "__main__":
    unittest.main()
