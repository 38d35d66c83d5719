"""Contents that say which write they are, and the journal of a writer."""

import hashlib
import struct

BLOCK = 4096
UNIT = 64


def stamp(sequence, block):
    """A block of 64 equal units: sequence, block, and a digest that no other data has by chance."""
    head = struct.pack(">QQ", sequence, block)
    return (head + hashlib.sha384(head).digest()) * (BLOCK // UNIT)


def explain(data, block):
    """What a block holds, for a person."""
    if not any(data):
        return "zeroes"
    sequence, of_block = struct.unpack(">QQ", data[:16])
    if data == stamp(sequence, of_block):
        return f"write {sequence}" if of_block == block else f"write {sequence} of block {of_block}"
    return "a mix of writes" if len({data[at : at + UNIT] for at in range(0, BLOCK, UNIT)}) > 1 else "other data"


def read_journals(paths):
    """block -> (last acknowledged sequence, the later ones that nobody acknowledged)"""
    blocks = {}
    for path in paths:
        with open(path, encoding="ascii") as journal:
            for line in journal:
                kind, sequence, block = line.split()
                acknowledged, open_writes = blocks.get(int(block), (None, []))
                if kind == "a":
                    blocks[int(block)] = (int(sequence), [])
                else:
                    blocks[int(block)] = (acknowledged, [*open_writes, int(sequence)])
    return {block: state for block, state in blocks.items() if state[0] is not None}
