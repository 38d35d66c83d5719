"""Reads every acknowledged write of some journals back through NBD.

arguments: socket, journals in the order in which they were written
"""

import sys

import nbd
from stamps import BLOCK, explain, read_journals, stamp

TOLD = 10


def main():
    handle = nbd.NBD()
    handle.connect_unix(sys.argv[1])
    blocks = read_journals(sys.argv[2:])
    lost = []
    for block, (acknowledged, open_writes) in sorted(blocks.items()):
        data = bytes(handle.pread(BLOCK, block * BLOCK))
        # A write that nobody acknowledged may have happened or not, but not by half.
        if not any(data == stamp(sequence, block) for sequence in [acknowledged, *open_writes]):
            lost.append(f"block {block}: acknowledged {acknowledged}, then {open_writes}; holds {explain(data, block)}")
    handle.shutdown()
    print(f"lost {len(lost)} of {len(blocks)}", *lost[:TOLD], sep="\n")
    return 1 if lost or not blocks else 0


sys.exit(main())
