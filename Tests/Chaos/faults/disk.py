"""An instance's disk is full for a while."""

import os
import time

from instances import Nobody

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
                os.posix_fallocate(file.fileno(), 0, max(1, (free.f_bavail - 1) * free.f_bsize))
            time.sleep(seconds)
        except OSError as error:
            raise Nobody from error  # Somebody else took the last page.
        finally:
            filler.unlink(missing_ok=True)
        return stage.name(one)
