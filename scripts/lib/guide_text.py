"""Reads docs/operations.md: its sections, and in each what is typed, what is printed, and what is done by hand. Nothing in it is passed over."""

import dataclasses
import re

PLAIN, PCS, CRMSH = "plain", "pcs", "crmsh"
WAYS = {
    None: (PLAIN, PCS, CRMSH),
    "without Pacemaker": (PLAIN,),
    "under Pacemaker": (PCS, CRMSH),
    "with pcs": (PCS,),
    "with crmsh": (CRMSH,),
}
ANY_WAY = "|".join(way for way in WAYS if way)
PLACE = re.compile(rf"On \*\*(alpha|beta|both)\*\*(?:, ({ANY_WAY}))?:")
HAND = re.compile(rf"By hand(?:, ({ANY_WAY}))?: (.+)")
FENCE = re.compile(r"```(\w*)")
HEADING = re.compile(r"## (\d+)\. (.+)")
# In running text a name may stand, but no command: nobody would run it.
INLINE = re.compile(r"`((?:rhizome|pcs|crm|systemctl|mount|umount|apt-get|apt|ssh|scp) [^`]*)`")
# Names what prints something, rather than tells to type it.
PRINTED = ("rhizome status",)
# In these a command may fail and the block goes on.
LISTS = re.compile(r"&&|\|\||^! ", re.MULTILINE)


class Unreadable(Exception):
    """The guide says something that the test does not understand, so would not run."""


@dataclasses.dataclass
class Step:
    """A block of commands, with what it is to print; or something that is done by hand."""

    line: int
    ways: tuple
    text: str
    nodes: tuple = ()
    printed: list = dataclasses.field(default_factory=list)

    def by_hand(self):
        return not self.nodes


@dataclasses.dataclass
class Section:
    number: int
    title: str
    line: int
    without_outage: bool = False
    steps: list = dataclasses.field(default_factory=list)


class Reader:
    """Goes through the lines once; `place` is a line "On **alpha**:" that still waits for its block."""

    def __init__(self, lines):
        self.lines = lines
        self.at = 0
        self.sections = []
        self.place = None

    def refuse(self, why, line=None):
        raise Unreadable(f"line {line or self.at}: {why}")

    def read(self):
        while self.at < len(self.lines):
            text = self.lines[self.at]
            self.at += 1
            if match := FENCE.match(text):
                self.fence(match[1])
            elif text.strip():
                self.prose(text)
        self.no_place_waits()
        if [section.number for section in self.sections] != list(range(1, len(self.sections) + 1)):
            self.refuse("the sections are not numbered from 1 on")
        return self.sections

    def no_place_waits(self):
        if self.place:
            self.refuse("no block of commands follows", self.place[0])

    def prose(self, text):
        self.no_place_waits()
        if match := HEADING.fullmatch(text):
            self.sections.append(Section(int(match[1]), match[2], self.at))
        elif text.startswith("## "):
            self.refuse("a section has a number: '## 1. Install'")
        elif match := PLACE.fullmatch(text):
            self.place = (self.at, match[1], WAYS[match[2]])
        elif match := HAND.fullmatch(text):
            self.section().steps.append(Step(self.at, WAYS[match[1]], match[2]))
        elif text.startswith(("On **", "By hand")):
            self.refuse(f"'{text}' is none of: On **alpha|beta|both**[, {ANY_WAY}]:   By hand[, ...]: what")
        if "*Outage*: none" in text:
            self.section().without_outage = True
        for match in INLINE.finditer(text):
            if match[1] not in PRINTED:
                self.refuse(f"'{match[1]}' stands in running text, where no test runs it: make it a block")

    def section(self):
        if not self.sections:
            self.refuse("a step before the first section")
        return self.sections[-1]

    def fence(self, language):
        begin, block = self.at, []
        while self.at < len(self.lines) and self.lines[self.at] != "```":
            block.append(self.lines[self.at])
            self.at += 1
        self.at += 1
        if language == "sh":
            if not self.place:
                self.refuse("nothing says where this block is typed ('On **alpha**:')", begin)
            if LISTS.search("\n".join(block)):
                self.refuse("a line of its own for each command, without && and ||: else one may fail unnoticed", begin)
            _, where, ways = self.place
            self.place = None
            nodes = ("alpha", "beta") if where == "both" else (where,)
            self.section().steps.append(Step(begin, ways, "\n".join(block) + "\n", nodes))
        elif language == "text":
            self.no_place_waits()
            steps = self.section().steps
            if not steps or steps[-1].by_hand() or steps[-1].printed:
                self.refuse("no block of commands that could have printed this", begin)
            steps[-1].printed = list(enumerate(block, begin + 1))
        else:
            self.refuse(f"a block is 'sh' or 'text', not '{language}'", begin)


def read(path):
    return Reader(path.read_text(encoding="utf-8").splitlines()).read()


def first_missing(printed, output):
    """The first of the printed lines, as (number, text), that is not there in its order; lines between them are nobody's business.
    "..." stands for anything."""
    lines = iter(output.splitlines())
    for number, text in printed:
        shape = re.compile(r"\s+".join(re.escape(word).replace(r"\.\.\.", ".*") for word in text.split()))
        if text.strip() and not any(shape.fullmatch(line.strip()) for line in lines):
            return number, text
    return None
