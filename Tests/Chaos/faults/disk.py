"""An instance's disk is full for a while."""

import errno
import os
import time
from contextlib import suppress

WEIGHT, CONCERNS_ALL = 1, False


def draw(random, at: float) -> dict:
    return {"seconds": round(random.uniform(2, 7), 1)}


def inject(stage, random, seconds: float) -> str:
    if stage.mount_refused:
        return f"skipped: {stage.mount_refused}"
    with stage.keeper.holding(random, fits=stage.is_on_small_disk) as one:
        filler = one.data / "filler"
        try:
            with open(filler, "wb", buffering=0) as file:
                free = os.statvfs(one.data)
                # What is left beside it goes page by page: the service writes too.
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), 0, max(1, (free.f_bavail - 64) * free.f_bsize))
                file.seek(0, os.SEEK_END)
                try:
                    while True:
                        file.write(b"\0" * 4096)
                except OSError as error:
                    assert error.errno == errno.ENOSPC, error
            time.sleep(seconds)
        finally:
            filler.unlink(missing_ok=True)
        return stage.name(one)
