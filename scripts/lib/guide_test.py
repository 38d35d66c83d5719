"""Runs every command of docs/operations.md as it is written, section by section, on two nodes: without Pacemaker, with pcs and with crmsh.

Nothing of the guide is repeated here but its headings and what is done by hand. After each section its promise is checked, and that the programs on
the volume have lost nothing that was acknowledged to them.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback

import guide_packages
import guide_text
from cluster_lab import Failure
from guide_site import Site
from guide_text import CRMSH, PCS, PLAIN

# What befalls the nodes before a section begins.
FAULTS = {
    "Disk replacement": Site.disk_fails,
    "Node replacement": Site.node_burns,
    "Split brain": Site.brain_splits,
}
# A fault that a cluster with fencing does not have.
ONLY_PLAIN = ("Split brain",)

HANDS = {
    "start the programs that use /srv/data.": Site.start_programs,
    "end the programs that use /srv/data.": Site.end_programs,
    "start the programs that use /srv/files.": Site.files_are_whole,
    "end the programs that use /srv/files.": Site.files_are_whole,
    "exchange the disk of beta; the new one is as large, and has the same name.": Site.exchange_disk,
    "put the new machine in the place of beta, with its name, its addresses and its disks.": Site.place_new_machine,
    "end the programs on beta that use /srv/data.": Site.end_programs_on_beta,
}

# What a section promises beside what is checked after each: both in step with alpha as Primary, and nothing lost.
PROMISES = {
    "Adopt an existing volume": Site.files_are_whole,
    "Split brain": Site.beta_was_kept,
    "Certificates": Site.link_has_the_renewed_certificate,
}

# The first command of the block that fails says its line there.
RUN = "cd /root; exec </dev/null; trap 'echo \"guide: line $LINENO ended with $?: $BASH_COMMAND\" >&2' ERR; set -eE -o pipefail; . /run/lab/shared/block"


class Guide:
    def __init__(self, path):
        self.path = path
        self.sections = guide_text.read(path)
        self.done = set()
        titles = {section.title for section in self.sections}
        for title in [*FAULTS, *ONLY_PLAIN, *PROMISES]:
            if title not in titles:
                raise Failure(f"{path}: there is no section '{title}' any more, which the test has something to do for")
        for section in self.sections:
            for step in section.steps:
                if step.by_hand() and step.text not in HANDS:
                    raise Failure(f"{path}:{step.line}: the test does not know how to do this by hand: {step.text}")

    def steps(self):
        return [step for section in self.sections for step in section.steps]

    def all_of_it_was_done(self, ways):
        """A step that is for one of these ways and was not done is a fault of the test. How many there were."""
        wanted = {(step.line, way) for step in self.steps() for way in step.ways if way in ways}
        if left := {line for line, _ in wanted - self.done}:
            raise Failure(f"{self.path}: not run: the steps of the lines {sorted(left)}")
        return len({line for line, _ in wanted})


class Walk:
    """One way through the guide."""

    def __init__(self, guide, site, way):
        self.guide = guide
        self.site = site
        self.way = way

    def section(self, section):
        steps = [step for step in section.steps if self.way in step.ways]
        if not steps:
            return
        began, starts = time.monotonic(), self.site.starts_of_programs()
        if section.title in FAULTS and (self.way == PLAIN or section.title not in ONLY_PLAIN):
            FAULTS[section.title](self.site)
        for step in steps:
            try:
                self.step(step)
            except Failure as failure:
                raise Failure(f"{self.guide.path}:{step.line}: {failure}") from failure
            self.guide.done.add((step.line, self.way))
        try:
            if section.without_outage and starts and self.site.starts_of_programs() != starts:
                raise Failure("no outage was promised, and the programs were interrupted")
            self.site.judge()
            PROMISES.get(section.title, lambda site: None)(self.site)
        except Failure as failure:
            raise Failure(f"{self.guide.path}:{section.line}: after section {section.number}, {section.title}: {failure}") from failure
        print(f"  {self.way}: {section.number}. {section.title}: {len(steps)} steps, {time.monotonic() - began:.0f} s", flush=True)

    def step(self, step):
        if step.by_hand():
            HANDS[step.text](self.site)
            return
        for node in step.nodes:
            output = self.run_block(step, node)
            missing = guide_text.first_missing(step.printed, output)
            if missing:
                raise Failure(f"on {node}: line {missing[0]} promises, and it was not printed: {missing[1].strip()}\nprinted was:\n{output}")

    def run_block(self, step, node):
        (self.site.state / "shared/block").write_text(step.text)
        command = [self.site.lab.script, "exec", node, "bash", "-c", RUN]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False)
        except subprocess.TimeoutExpired as late:
            raise Failure(f"on {node}: the block does not end: {(late.stdout or b'').decode(errors='replace')[-2000:]}") from late
        with open(self.site.state / "log/guide", "a", encoding="utf-8") as log:
            log.write(f"--- line {step.line}, {node}\n{step.text}--- gives {done.returncode}\n{done.stdout}\n")
        if done.returncode:
            raise Failure(f"on {node}: {self.failed(step, done.stdout)}")
        return done.stdout

    @staticmethod
    def failed(step, output):
        """With the line of the file, not of the block."""
        before, mark, after = output.partition("guide: line ")
        number, _, rest = after.partition(" ")
        return f"line {step.line + int(number)} {rest.strip()}\n{before}" if mark and number.isdigit() else output


def walk(root, guide, way, numbers, keep):
    with tempfile.TemporaryDirectory() as folder:
        site = Site(root, with_pacemaker=way != PLAIN)
        try:
            site.up(guide_packages.provide(root, pathlib.Path(folder)))
            for section in guide.sections:
                if not numbers or section.number in numbers:
                    Walk(guide, site, way).section(section)
            site.judge_disks()
        except Exception:
            keep = True
            print(f"the lab's state and logs are left in {site.state}: log/guide has every block with its output", flush=True)
            raise
        finally:
            if not keep:
                site.down()


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    guide = Guide(root / "docs/operations.md")
    parser = argparse.ArgumentParser(prog="scripts/test-guide", description="Runs the commands of docs/operations.md as they are written.")
    parser.add_argument("--list", action="store_true", help="say the sections and how many steps each has")
    parser.add_argument("--only", metavar="NUMBER", type=int, action="append", help="only this section, after the first two; may be given again")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    parser.add_argument("way", nargs="*", help=f"{PLAIN}, {PCS} or {CRMSH}; default: all three")
    options = parser.parse_args()
    ways = options.way or [PLAIN, PCS, CRMSH]
    if wrong := set(ways) - {PLAIN, PCS, CRMSH}:
        parser.error(f"there is no way '{wrong.pop()}': {PLAIN}, {PCS}, {CRMSH}")
    if options.list:
        for section in guide.sections:
            print(f"{section.number}. {section.title}: " + ", ".join(f"{way} {sum(way in step.ways for step in section.steps)}" for way in ways))
        return 0
    numbers = {1, 2, *options.only} if options.only else None
    try:
        for way in ways:
            print(f"== {guide.path.name}, {way}", flush=True)
            walk(root, guide, way, numbers, options.keep)
        if not numbers:
            print(f"all passed: {guide.all_of_it_was_done(ways)} of the guide's {len(guide.steps())} steps are for {', '.join(ways)}, and were run", flush=True)
        return 0
    except Failure as failure:
        print(f"failed: {failure}", file=sys.stderr, flush=True)
        return 1
    except Exception:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except guide_text.Unreadable as unreadable:
        sys.exit(f"docs/operations.md: {unreadable}")
