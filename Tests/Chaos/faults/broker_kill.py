"""SIGKILL of the broker under load: what it had not written is lost."""

import time

WEIGHT, CONCERNS_ALL = 1, True


def draw(random, at: float) -> dict:
    return {"after": round(random.uniform(0.1, 0.7), 2), "down": round(random.uniform(0, 2), 1)}


def inject(stage, random, after: float, down: float) -> str:
    """`after`: seconds since it last wrote its files, all of which is lost if it had acknowledged anything."""
    with stage.broker_in_hand() as broker:
        written = broker.last_write()
        deadline = time.monotonic() + 10
        while broker.last_write() == written and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(after)
        looked = time.monotonic()
        before, at = stage.ends(), time.monotonic()
        # Raises where it had ended by itself, or where its port is still open.
        broker.kill()
        killed = time.monotonic()
        # Nobody appends before it has been seen what is left.
        stage.gate.close()
        time.sleep(down)
        broker.start()
        lost = stage.lost(killed, "kill", before, stage.ends(), looked)
    stage.broker_kills.append(lost)
    return f"killed {killed - at:.2f} s after its ends were seen, lost {lost} records"
