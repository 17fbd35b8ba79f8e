# wire.py NEAR FAR SEED
# A wire between two network devices of its own making, which does to packets what bad networks do. It takes a line of
# JSON on standard input for each change of weather: {"toFar": {...}, "toNear": {...}}, with any of these:
#
#   loss, duplicate, corrupt   the part of the packets, 0 to 1
#   delayMs, jitterMs          how late they come; a jitter puts them out of order
#   bytesPerSecond             what is too much waits, for half a second at most, or is lost
#   longest                    bytes; what is longer vanishes, and nobody is told
#
# It answers each with the number of packets that were harmed so far (lost, late on purpose, there twice, spoilt), and ends
# with its standard input: no wire outlives who made it. The kernel's own (netem) isn't
# in every kernel. Needs Linux, /dev/net/tun and the right to make devices.

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
LONGEST_FRAME = 65536
# Of Ethernet: what `longest` counts begins after it.
HEADER_LENGTH = 14
MOST_WAIT_SECONDS = 0.5


def make_device(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


class Way:
    """One direction."""

    def __init__(self, source, target, chance):
        self.source = source
        self.target = target
        self.chance = chance
        self.weather = {}
        self.free_at = 0.0
        self.waiting = []
        self.count = 0
        self.harmed = 0

    def take(self, now):
        """Whatever has come to the source."""
        while True:
            try:
                frame = os.read(self.source, LONGEST_FRAME)
            except (BlockingIOError, OSError):
                return  # nothing more, or the device is down
            if self.happens("loss") or len(frame) - HEADER_LENGTH > self.weather.get("longest", LONGEST_FRAME):
                self.harmed += 1
                continue
            if self.happens("corrupt") and len(frame) > HEADER_LENGTH:
                self.harmed += 1
                frame = self.spoilt(frame)
            self.send(frame, now)
            if self.happens("duplicate"):
                self.harmed += 1
                self.send(frame, now)

    def send(self, frame, now):
        rate = self.weather.get("bytesPerSecond")
        leaves_at = now
        if rate is not None:
            leaves_at = max(now, self.free_at) + len(frame) / rate
            if leaves_at - now > MOST_WAIT_SECONDS:
                self.harmed += 1
                return
            self.free_at = leaves_at
        jitter = self.weather.get("jitterMs", 0)
        late = self.weather.get("delayMs", 0) + self.chance.uniform(-jitter, jitter)
        self.harmed += late > 0
        self.count += 1
        heapq.heappush(self.waiting, (leaves_at + max(0, late) / 1000, self.count, frame))

    def give(self, now):
        """Whatever is due, to the target. Seconds until the next is."""
        while self.waiting and self.waiting[0][0] <= now:
            _, _, frame = heapq.heappop(self.waiting)
            try:
                os.write(self.target, frame)
            except OSError:
                self.harmed += 1  # the device is down, or full: lost
        return self.waiting[0][0] - now if self.waiting else 1.0

    def happens(self, what):
        return self.chance.random() < self.weather.get(what, 0)

    def spoilt(self, frame):
        at = self.chance.randrange(HEADER_LENGTH, len(frame))
        spoilt = bytearray(frame)
        spoilt[at] ^= 1 << self.chance.randrange(8)
        return bytes(spoilt)


near, far = make_device(sys.argv[1]), make_device(sys.argv[2])
ways = {
    "toFar": Way(near, far, random.Random(sys.argv[3] + "far")),
    "toNear": Way(far, near, random.Random(sys.argv[3] + "near")),
}
print(0, flush=True)
orders = b""
while True:
    now = time.monotonic()
    pause = max(0.0, min(way.give(now) for way in ways.values()))
    ready, _, _ = select.select([near, far, 0], [], [], pause)
    now = time.monotonic()
    for way in ways.values():
        if way.source in ready:
            way.take(now)
    if 0 in ready:
        read = os.read(0, 4096)
        if read == b"":
            break
        orders += read
        while b"\n" in orders:
            line, orders = orders.split(b"\n", 1)
            for name, weather in json.loads(line).items():
                ways[name].weather = weather
            print(sum(way.harmed for way in ways.values()), flush=True)
