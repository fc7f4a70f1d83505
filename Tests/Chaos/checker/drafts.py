"""A draft is nowhere once it was typed; the same search finds a message."""

from .finding import Finding
from .run import Run


def search(run: Run) -> Finding:
    """`facts.canary`: {seen, draft: [places], message: [places], searched: {kind: how many}}"""
    finding = Finding("a draft is seen by staff, and then in no file, log, metric, dead letter or topic")
    canary = run.facts["canary"]
    for kind, number in canary["searched"].items():
        finding.count(kind, number)
    if not canary["seen"]:
        finding.violate("staff who had the conversation open never saw the draft")
    for place in canary["draft"]:
        finding.violate(f"the draft is in {place}")
    for kind in ("topic", "file"):
        if not any(place.startswith(kind) for place in canary["message"]):
            finding.violate(f"the search finds no message in any {kind}: {canary['message'][:5]}")
    return finding.require("topics", "files", "logs", "metrics", "dead letters")
