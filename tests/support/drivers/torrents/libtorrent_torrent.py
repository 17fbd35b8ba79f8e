# libtorrent_torrent.py make PATH OUTPUT PIECE_LENGTH ANNOUNCE [WEB_SEED]
# libtorrent_torrent.py make_padded PATH OUTPUT PIECE_LENGTH ANNOUNCE
# libtorrent_torrent.py read TORRENT

import json
import os
import sys

import libtorrent as lt


def make(path, output, piece_length, announce, web_seed=None, flags=0):
    files = lt.file_storage()
    lt.add_files(files, path)
    torrent = lt.create_torrent(files, int(piece_length), lt.create_torrent.v1_only | flags)
    torrent.add_tracker(announce)
    if web_seed:
        torrent.add_url_seed(web_seed)
    lt.set_piece_hashes(torrent, os.path.dirname(path))
    with open(output, "wb") as file:
        file.write(lt.bencode(torrent.generate()))


# Every file begins a piece, after zeros in a file that nobody writes (BEP 47).
def make_padded(*args):
    make(*args, flags=lt.create_torrent.canonical_files)


def read(torrent):
    info = lt.torrent_info(torrent)
    files = info.files()
    paths = [files.file_path(i) for i in range(files.num_files())]
    print(json.dumps({
        "infoHash": str(info.info_hashes().v1),
        "name": info.name(),
        "totalLength": info.total_size(),
        "pieceLength": info.piece_length(),
        "pieceCount": info.num_pieces(),
        "files": [{"path": path, "length": files.file_size(i)} for i, path in enumerate(paths)],
        "trackers": [tracker.url for tracker in info.trackers()],
    }))


{"make": make, "make_padded": make_padded, "read": read}[sys.argv[1]](*sys.argv[2:])
