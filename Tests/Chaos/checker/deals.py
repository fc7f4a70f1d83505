"""One deal a click, announced to the world under one id."""

from .files import column
from .finding import Finding
from .record import Record
from .run import Run

OUTCOMES = ("conversation.qualified", "qualify.declined")


def first_outcomes(run: Run) -> dict[tuple[str, str], Record]:
    """(dealership, request): the first outcome, which is the one that counts."""
    found: dict[tuple[str, str], Record] = {}
    for one in run.records.get("qualifications", []):
        if one.type in OUTCOMES:
            found.setdefault((one.dealership, one.json["requestId"]), one)
    return found


def decided(run: Run) -> dict[str, tuple[str, str]]:
    """Each deal that an outcome opened: the click that it comes from."""
    opened = ((key, one.json.get("deal")) for key, one in first_outcomes(run).items())
    return {deal["dealId"]: key for key, deal in opened if deal}


def one_a_click(run: Run, partition_of) -> Finding:
    finding = Finding("each accepted click made one deal, however often it was sent, and no other click any")
    outcomes, made = first_outcomes(run), decided(run)
    finding.count("deals", len(made))
    if len(made) != len(set(made.values())):
        finding.violate("two deals have one click")
    clicks = {(op["dealership"], op["client"]): op for op in run.history if op["op"] == "click"}
    for key, op in clicks.items():
        outcome = outcomes.get(key)
        deal = (outcome.json.get("deal") or {}).get("dealId") if outcome else None
        told = op["told"] is not None
        finding.count("clicks" if told else "clicks not accepted")
        finding.count("answers", len(op["deals"]))
        if len(set(op["deals"])) > 1:
            finding.violate(f"one click was told several deals: {op}")
        if not told:
            continue
        if deal is None:
            if run.was_lost("qualifications", partition_of(op["dealership"]), op):
                finding.count("lost by the broker")
            else:
                finding.violate(f"accepted and without a deal: {op}")
        elif op["deals"] != [deal] * len(op["deals"]):
            finding.violate(f"the click was told {op['deals']} and the log says {deal} at {outcome.place}")
        elif outcome.json["conversationId"] != op["conversation"]:
            finding.violate(f"the deal of {op} is another conversation's: {outcome.place}")
    for key in outcomes.keys() - clicks.keys():
        finding.violate(f"nobody clicked {key}: {outcomes[key].place}")
    return finding.require("clicks", "deals")


def lost_clicks(run: Run, partition_of) -> set[str]:
    """Deals that clicks were told whose outcome the broker lost; the announcement, on another topic, may be there."""
    outcomes = first_outcomes(run)
    return {deal for op in run.history if op["op"] == "click" and op["told"] is not None
            and (op["dealership"], op["client"]) not in outcomes
            and run.was_lost("qualifications", partition_of(op["dealership"]), op) for deal in op["deals"]}


def announced(run: Run, partition_of) -> Finding:
    finding = Finding(
        "deals and the ids of deal.created are the same, in the log, in qualification and in conversations")
    made = decided(run)
    lost = lost_clicks(run, partition_of) - made.keys()
    ids = [one for one in run.records.get("deal-created", []) if one.type == "deal.created"]
    by_deal: dict[str, set[str]] = {}
    for one in ids:
        by_deal.setdefault(one.json["dealId"], set()).add(one.header("ce_id"))
    finding.count("announced", len(by_deal))
    for deal, names in by_deal.items():
        if len(names) > 1:
            finding.violate(f"{deal} was announced as {sorted(names)}")
    if len({name for names in by_deal.values() for name in names}) < len(by_deal):
        finding.violate("two deals were announced under one id")
    queries = {
        "qualification": "SELECT id FROM deals",
        "conversations": "SELECT deal FROM outcomes WHERE deal IS NOT NULL"}
    sets = {"deal-created": sorted(by_deal.keys() - lost)}
    if lost & by_deal.keys():
        finding.count("announced, and their clicks lost by the broker", len(lost & by_deal.keys()))
    for service, query in queries.items():
        sets[service] = sorted(deal for file in run.states["live"][service] for deal in column(file, query))
    for name, deals in sets.items():
        if deals != sorted(made):
            extra, missing = set(deals) - made.keys(), made.keys() - set(deals)
            finding.violate(
                f"{name} has {len(deals)} deals of {len(made)}: not decided {sorted(extra)[:5]}, "
                f"missing {sorted(missing)[:5]}")
    return finding.require("announced")


def doubles(run: Run) -> Finding:
    """Two owners, one of them out already, may both write what is owed: then with the same bytes."""
    finding = Finding("what stands twice under one id is the same, byte by byte")
    known: dict[tuple[str, str, str], Record] = {}
    for topic, types in (("deal-created", ("deal.created",)), ("qualifications", OUTCOMES)):
        for one in run.records.get(topic, []):
            if one.type not in types:
                continue
            key = (topic, one.header("ce_source"), one.header("ce_id"))
            first = known.setdefault(key, one)
            if first is one:
                finding.count("ids")
                continue
            finding.count("doubled on the wire")
            if (one.key, one.value, one.headers) != (first.key, first.value, first.headers):
                finding.violate(f"{one.place} differs from {first.place}: {one.value!r} {first.value!r}")
    return finding.require("ids")
