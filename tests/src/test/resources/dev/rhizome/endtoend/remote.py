"""A client elsewhere.

arguments: the port, the folder with its certificate, and what to do: write, read, or plain (without TLS)
"""

import sys

import nbd

PATTERN = b"from afar " * 4096


def main():
    port, credentials, work = sys.argv[1:]
    client = nbd.NBD()
    if work != "plain":
        client.set_tls(nbd.TLS_REQUIRE)
        client.set_tls_certificates(credentials)
        # The certificate is for the node's name, and this is only its address.
        client.set_tls_verify_peer(False)
    client.connect_tcp("127.0.0.1", port)
    length = len(PATTERN) // 512 * 512
    if work == "write":
        client.pwrite(PATTERN[:length], 8192, nbd.CMD_FLAG_FUA)
    assert client.pread(length, 8192) == PATTERN[:length]
    client.shutdown()


main()
