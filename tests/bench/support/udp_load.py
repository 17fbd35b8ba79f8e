# udp_load.py HOST:PORT SECONDS PEERS STEP INFO_HASH…
# Announces over UDP (BEP 15) as fast as they are answered: PEERS peers, every STEP-th in turn, each in the swarm of its
# number. Prints one line of JSON: what was answered with peers, what with anything else, what was never answered, the
# seconds, and how many of them this program was at work.
#
# All datagrams are written before the clock starts; then it is two system calls for each batch, and one process sends
# several times what any tracker answers.

import ctypes
import json
import os
import socket
import struct
import sys
import time

ANNOUNCE, ERROR = 1, 3
DATAGRAM = 98
ANSWER = 2048
# Under way at any time: enough that the tracker always has one to read, few enough for a socket's buffer.
WINDOW = 64
MOST_DATAGRAMS = 200_000
SILENCE_SECONDS = 0.2
MSG_WAITFORONE = 0x10000


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("padding", ctypes.c_int),
        ("length", ctypes.c_uint32),
        ("end_padding", ctypes.c_int),
    ]


libc = ctypes.CDLL(None, use_errno=True)


def messages(buffer, stride, length, count):
    """Headers for `count` datagrams that lie in `buffer`, one every `stride` bytes."""
    start = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    vectors = (IoVec * count)()
    headers = (Message * count)()
    first = ctypes.addressof(vectors)
    for i in range(count):
        vectors[i].base = start + i * stride
        vectors[i].length = length
        headers[i].vectors = first + i * ctypes.sizeof(IoVec)
        headers[i].vector_count = 1
    return headers, vectors


def connect(sock):
    """A connection id, as 8 bytes."""
    for _ in range(20):
        sock.send(struct.pack(">QII", 0x41727101980, 0, 7))
        try:
            answer = sock.recv(ANSWER)
            assert len(answer) == 16 and answer[:8] == struct.pack(">II", 0, 7), answer
            return answer[8:]
        except TimeoutError:
            continue
    raise SystemExit("The tracker does not answer")


def announces(connection_id, peers, step, hashes):
    count = min(peers, MOST_DATAGRAMS)
    buffer = bytearray(count * DATAGRAM)
    for i in range(count):
        n = i * step % peers
        in_swarm = n // len(hashes)
        left = 0 if in_swarm % 4 == 0 else 1000
        struct.pack_into(
            ">8sII20s20sQQQIIIiH", buffer, i * DATAGRAM,
            connection_id, 1, i, hashes[n % len(hashes)], b"-SE0100-%012d" % n, 0, left, 0, 0, 0, n & 0xFFFFFFFF, 50,
            1024 + in_swarm % 60000,
        )
    return buffer, count


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    seconds, peers, step = float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    hashes = [bytes.fromhex(text) for text in sys.argv[5:]]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, int(port)))
    sock.settimeout(SILENCE_SECONDS)
    out, count = announces(connect(sock), peers, step, hashes)
    # The kernel's own time limit: Python's makes the socket non-blocking.
    sock.setblocking(True)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(SILENCE_SECONDS * 1e6)))
    outgoing, _kept = messages(out, DATAGRAM, DATAGRAM, count)
    answers = bytearray(WINDOW * ANSWER)
    incoming, _kept_too = messages(answers, ANSWER, ANSWER, WINDOW)
    size = ctypes.sizeof(Message)
    at = ctypes.addressof(outgoing)
    into = ctypes.addressof(incoming)
    fd = sock.fileno()

    sent = answered = refused = lost = 0
    wanted = WINDOW
    began = time.perf_counter()
    cpu_began = time.process_time()
    ends = began + seconds
    while time.perf_counter() < ends:
        while wanted > 0:
            place = sent % count
            n = libc.sendmmsg(fd, ctypes.c_void_p(at + place * size), min(wanted, count - place), 0)
            if n <= 0:
                raise SystemExit(f"Cannot send: {os.strerror(ctypes.get_errno())}")
            sent += n
            wanted -= n
        n = libc.recvmmsg(fd, ctypes.c_void_p(into), WINDOW, MSG_WAITFORONE, None)
        if n <= 0:
            # All that were under way are gone: begin a new window.
            lost = sent - answered - refused
            wanted = WINDOW
            continue
        # A connect that was slow to be answered was sent twice: what else comes is no answer to an announce.
        actions = answers[3 : n * ANSWER : ANSWER]
        answered += actions.count(ANNOUNCE)
        refused += actions.count(ERROR)
        wanted = actions.count(ANNOUNCE) + actions.count(ERROR)
    took = time.perf_counter() - began
    print(json.dumps({
        "answered": answered, "refused": refused, "lost": lost, "seconds": took,
        "cpuSeconds": time.process_time() - cpu_began,
    }))


main()
