# libtorrent_peer.py TORRENT|MAGNET FOLDER HOST:PORT [SETTINGS as JSON]
# One libtorrent session with one torrent. Prints "listening", then "complete" once every piece is verified, and
# seeds until SIGINT, on which it tells the tracker that it leaves.

import json
import select
import signal
import socket
import sys
import time

import libtorrent as lt

torrent, folder, endpoint = sys.argv[1:4]
session = lt.session({
    "listen_interfaces": endpoint,
    "outgoing_interfaces": endpoint.rsplit(":", 1)[0].strip("[]"),
    # All peers of a loopback swarm share one address.
    "allow_multiple_connections_per_ip": True,
    # Nothing that leaves the swarm's own network: no DHT, no multicast, no port mapping.
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    # Not every client has uTP, and trying it first costs ten seconds where there is none.
    "enable_outgoing_utp": False,
    "stop_tracker_timeout": 2,
    "min_reconnect_time": 1,
    "alert_mask": lt.alert.category_t.error_notification
    | lt.alert.category_t.status_notification
    | lt.alert.category_t.tracker_notification
    | lt.alert.category_t.storage_notification
    | lt.alert.category_t.connect_notification,
    **json.loads(sys.argv[4] if len(sys.argv) > 4 else "{}"),
})
if torrent.startswith("magnet:"):
    params = lt.parse_magnet_uri(torrent)
else:
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(torrent)
params.save_path = folder
handle = session.add_torrent(params)

# A byte comes for alerts. session.wait_for_alert() hands out an alert that is still in libtorrent's queue, and the binding
# looks at it while the next one may move the queue: that ended this program by a signal now and then.
bell, ringer = socket.socketpair()
bell.setblocking(False)
ringer.setblocking(False)
session.set_alert_fd(ringer.fileno())


def alerts(seconds):
    """Those that have come, or that come within so many seconds."""
    select.select([bell], [], [], seconds)
    try:
        bell.recv(4096)
    except BlockingIOError:
        pass
    return session.pop_alerts()


leaving = False


def leave(*_):
    global leaving
    leaving = True


signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGTERM, leave)

said_listening = said_complete = False
while not leaving:
    for alert in alerts(0.2):
        if isinstance(alert, lt.listen_succeeded_alert) and not said_listening:
            said_listening = True
            print("listening", flush=True)
        else:
            print("#", alert.what(), alert.message(), flush=True)
    if not said_complete and handle.status().is_seeding:
        said_complete = True
        print("complete", flush=True)

# Pausing announces event=stopped; the answer ends the wait, or, without a tracker that answers, the deadline.
handle.unset_flags(lt.torrent_flags.auto_managed)
handle.pause()
answered = False
deadline = time.monotonic() + 3
while not answered and time.monotonic() < deadline:
    for alert in alerts(0.1):
        print("#", alert.what(), alert.message(), flush=True)
        answered = answered or isinstance(alert, lt.tracker_reply_alert)
