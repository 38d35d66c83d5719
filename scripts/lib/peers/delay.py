"""A cable of some length: a proxy that hands on what it is sent a fixed time later, in both directions."""

import collections
import ctypes
import socket
import threading
import time

PR_SET_TIMERSLACK = 29
SLACK_NS = 1000


def wake_in_time():
    """Of this thread alone: the kernel otherwise wakes it up to 50 us late."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, SLACK_NS)


class Delay:
    """Of half the round trip each way; ports are handed out for the ports behind."""

    def __init__(self, round_trip_ms):
        self.one_way = round_trip_ms / 2000
        self.listeners = []

    def link(self, port):
        """The port that leads to the given one."""
        if self.one_way == 0:
            return port
        listener = socket.create_server(("127.0.0.1", 0))
        self.listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, port), daemon=True).start()
        return listener.getsockname()[1]

    def _accept(self, listener, port):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", port))
            except OSError:
                near.close()
                continue
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Direction(near, far, self.one_way).start()
            Direction(far, near, self.one_way).start()

    def close(self):
        for listener in self.listeners:
            # Closing alone does not wake who accepts.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


class Direction:
    """A reader that notes when each piece came, and a writer that waits until it is due."""

    CHUNK_BYTES = 1 << 18

    def __init__(self, source, sink, seconds):
        self.source = source
        self.sink = sink
        self.seconds = seconds
        self.pieces = collections.deque()
        self.some = threading.Semaphore(0)

    def start(self):
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._write, daemon=True).start()

    def _read(self):
        piece = b"-"
        while piece:
            try:
                piece = self.source.recv(self.CHUNK_BYTES)
            except OSError:
                piece = b""
            self.pieces.append((time.monotonic() + self.seconds, piece))
            self.some.release()

    def _write(self):
        wake_in_time()
        while True:
            self.some.acquire()
            due, piece = self.pieces.popleft()
            left = due - time.monotonic()
            if left > 0:
                time.sleep(left)
            try:
                if not piece:
                    self.sink.shutdown(socket.SHUT_WR)
                    return
                self.sink.sendall(piece)
            except OSError:
                self.source.close()
                return
