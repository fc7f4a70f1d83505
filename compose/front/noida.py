"""noida-db as a child process, on a port that only the front uses."""

import asyncio
import ctypes
import os
import signal
import socket

from wire import i16, i32

HOST = "127.0.0.1"
# Long enough for a log of hundreds of megabytes to be read on a busy machine.
START_SECONDS = 120
START_ATTEMPTS = 3
PR_SET_PDEATHSIG = 1
# Found before the fork: a child between fork and exec should do as little as it can.
_libc = ctypes.CDLL(None, use_errno=True)


class Ended(Exception):
    """noida-db ended before it answered."""


class Noida:
    def __init__(self, binary: str, data: str):
        self.binary = binary
        self.data = data
        self.port = 0
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it answers. Raises `RuntimeError` if it ends instead, or never does."""
        for attempt in range(START_ATTEMPTS):
            try:
                return await self._start()
            except Ended as ended:
                # Between the probe and noida-db's own bind, anybody's outgoing connection may have got the port.
                if attempt == START_ATTEMPTS - 1:
                    raise RuntimeError(str(ended)) from None

    async def _start(self) -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        parent = os.getpid()

        def die_with_parent() -> None:
            # Killing the front must be killing the broker: what it had not written is lost, and its port is free.
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        # A session of its own: a terminal's Ctrl-C reaches only the front, which stops it in good order.
        self.process = await asyncio.create_subprocess_exec(
            self.binary, "start", "--only", "kafka", "--host", HOST, "--kafka-port", str(self.port), "--data-dir",
            self.data, stdin=asyncio.subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent)
        answers = asyncio.ensure_future(self._answers())
        ended = asyncio.ensure_future(self.process.wait())
        try:
            await asyncio.wait({answers, ended}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise Ended(f"noida-db ended with {ended.result()}")
            if not answers.done():
                raise RuntimeError(f"noida-db did not answer within {START_SECONDS} s")
        finally:
            answers.cancel()
            ended.cancel()

    async def _answers(self) -> None:
        """Until it answers an ApiVersions request: its port is open before its data is read."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(HOST, self.port)
                try:
                    question = i16(18) + i16(0) + i32(1) + i16(-1)
                    writer.write(i32(len(question)) + question)
                    await reader.readexactly(4)
                    return
                finally:
                    writer.close()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.02)

    async def stop(self) -> int:
        """SIGTERM, and waits for as long as it needs to save everything. Gives its exit code."""
        if self.process.returncode is None:
            self.process.terminate()
        return await self.process.wait()
