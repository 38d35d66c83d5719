"""Notes what the stand-in's transactions have acknowledged, on a machine that does not fail.

arguments: HOST:PORT FILE     every datagram received there is appended to the file, with the time in front, until the process is ended
"""

import signal
import socket
import sys
import time


def main():
    host, _, port = sys.argv[1].rpartition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, open(sys.argv[2], "ab", buffering=0) as file:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        receiver.bind((host, int(port)))
        print(f"listening on {host}:{receiver.getsockname()[1]}", flush=True)
        while True:
            line = receiver.recv(200)
            file.write(b"%.3f " % time.time() + line)


if __name__ == "__main__":
    main()
