"""Every operation of NBD that the server offers, and what it must refuse.

argument: socket
"""

import errno
import sys

import nbd

MIB = 1 << 20


def refused(expected, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except nbd.Error as error:
        assert error.errnum == expected, f"{error.errno} instead of {errno.errorcode[expected]}: {error.string}"
        return
    raise AssertionError(f"{call.__name__}{arguments} was not refused")


def reads_and_writes(h):
    pattern = bytes(range(256)) * 16
    for length in (512, 4096, MIB, 4 * MIB):
        data = (pattern * (length // len(pattern) + 1))[:length]
        h.pwrite(data, 3 * 512)
        assert h.pread(length, 3 * 512) == data, f"write of {length}"
    h.pwrite(b"\x01" * 8192, 8 * MIB)
    h.pwrite(b"\x02" * 512, 8 * MIB + 512)
    assert h.pread(8192, 8 * MIB) == b"\x01" * 512 + b"\x02" * 512 + b"\x01" * 7168, "a write within another"
    size = h.get_size()
    h.pwrite(b"\x03" * 512, size - 512)
    assert h.pread(512, size - 512) == b"\x03" * 512, "the last sector"
    h.flush()


def durable_writes(h):
    h.pwrite(b"\x04" * 4096, 9 * MIB, flags=nbd.CMD_FLAG_FUA)
    assert h.pread(4096, 9 * MIB) == b"\x04" * 4096
    h.zero(4096, 9 * MIB, flags=nbd.CMD_FLAG_FUA)
    assert h.pread(4096, 9 * MIB) == bytes(4096)
    h.trim(4096, 9 * MIB, flags=nbd.CMD_FLAG_FUA)


def zeroes_and_trims(h):
    h.pwrite(b"\x05" * MIB, 10 * MIB)
    h.zero(512, 10 * MIB + 512)
    assert h.pread(1536, 10 * MIB) == b"\x05" * 512 + bytes(512) + b"\x05" * 512, "zero of a sector"
    h.zero(MIB // 2, 10 * MIB, flags=nbd.CMD_FLAG_NO_HOLE)
    assert h.pread(MIB, 10 * MIB) == bytes(MIB // 2) + b"\x05" * (MIB // 2), "zero without a hole"
    h.trim(512, 10 * MIB + MIB // 2 + 512)
    h.trim(MIB // 4, 10 * MIB + MIB * 3 // 4)
    # What a trim leaves is not promised, but it is not what stands beside it.
    assert h.pread(512, 10 * MIB + MIB // 2) == b"\x05" * 512, "beside a trim"
    once = h.pread(MIB // 4, 10 * MIB + MIB * 3 // 4)
    assert h.pread(MIB // 4, 10 * MIB + MIB * 3 // 4) == once, "a trimmed range reads the same twice"
    h.zero(32 * MIB, 16 * MIB)
    assert not any(h.pread(MIB, 47 * MIB)), "a large zero"


def refusals(h):
    size = h.get_size()
    # libnbd would refuse these itself; the server must.
    h.set_strict_mode(0)
    for offset, length in ((size, 512), (size - 512, 1024), (1 << 62, 512), ((1 << 64) - 512, 512)):
        refused(errno.EINVAL, h.pread, length, offset)
        refused(errno.ENOSPC, h.pwrite, b"\xff" * length, offset)
        refused(errno.ENOSPC, h.zero, length, offset)
        refused(errno.EINVAL, h.trim, length, offset)
    for offset, length in ((1, 512), (0, 511), (256, 256)):
        refused(errno.EINVAL, h.pread, length, offset)
        refused(errno.EINVAL, h.pwrite, b"\xff" * length, offset)
        refused(errno.EINVAL, h.zero, length, offset)
        refused(errno.EINVAL, h.trim, length, offset)
    refused(errno.EINVAL, h.pwrite, b"\xff" * 512, 0, flags=1 << 12)
    assert h.pread(512, 0) == before, "a refused request has changed data"


def many_at_once(h):
    done = []
    for index in range(256):
        data = nbd.Buffer.from_bytearray(bytearray([index % 251]) * 4096)
        h.aio_pwrite(data, 12 * MIB + index * 4096, completion=lambda error: done.append(error.value) or 1)
    while len(done) < 256:
        h.poll(-1)
    assert not any(done)
    for index in range(256):
        assert h.pread(4096, 12 * MIB + index * 4096) == bytes([index % 251]) * 4096


def connect():
    h = nbd.NBD()
    h.connect_unix(sys.argv[1])
    return h


one, other = connect(), connect()
reads_and_writes(one)
durable_writes(one)
zeroes_and_trims(one)
before = one.pread(512, 0)
refusals(one)
many_at_once(one)
# What one connection has written and flushed, another one reads.
one.pwrite(b"\x06" * 4096, 14 * MIB)
one.flush()
assert other.pread(4096, 14 * MIB) == b"\x06" * 4096
one.shutdown()
other.shutdown()
