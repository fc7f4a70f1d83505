"""Runs noida-db and the front before it, until SIGTERM, SIGINT or noida-db's own end."""

import argparse
import asyncio
import logging
import signal
import socket
import sys

from front import PIECE_BYTES, Front
from noida import HOST, Noida


def listener(port: int) -> socket.socket:
    """Bound but not open yet: a taken port is found before anything runs; nobody connects before noida-db answers."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((HOST, port))
    return one


async def run(port: int, advertised: int | None, noida: Noida) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    bound = listener(port)
    await noida.start()
    front = Front(noida, advertised)
    server = await asyncio.start_server(front.serve, sock=bound, limit=PIECE_BYTES)
    logging.info("listening on %s:%d, noida-db on %d", HOST, port, noida.port)

    stopped, ended = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(noida.process.wait())
    await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    front.hang_up()
    if not stop.is_set():
        logging.error("noida-db ended by itself with %d", ended.result())
        return 1
    code = await noida.stop()
    if code:
        logging.error("noida-db ended with %d", code)
    return 1 if code else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--advertised-port", type=int, help="where clients reach it, if not at --port")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--binary", required=True, help="noida-db")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        return asyncio.run(run(given.port, given.advertised_port, Noida(given.binary, given.data_dir)))
    except (OSError, RuntimeError) as error:
        logging.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
