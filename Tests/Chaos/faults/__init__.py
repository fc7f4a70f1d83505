"""One kind of fault a module.

`WEIGHT`: its share among the others; `CONCERNS_ALL`: it stops everybody, so it comes rarer and never two at once;
`draw(random, at)`: its parameters, at that second of the round; `inject(stage, random, ...)`: does it and undoes it,
and says in a word or two what came of it. Raises `Nobody` where no instance is free for it.
"""

from . import (
    add, broker_kill, broker_stop, clock, cut_connection, disk, failpoint, kill, lost_tail, pause, remove, slow, stop)

KINDS = {
    "kill": kill, "pause": pause, "stop": stop, "add": add, "remove": remove, "failpoint": failpoint,
    "broker-stop": broker_stop, "broker-kill": broker_kill, "lost-tail": lost_tail, "slow": slow,
    "cut": cut_connection, "disk": disk, "clock": clock}
