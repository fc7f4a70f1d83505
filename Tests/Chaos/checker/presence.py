"""Dots tell who is on the website, twice the lease after the last fault at the latest."""

from .finding import Finding
from .run import Run


def dots(run: Run) -> Finding:
    """`facts.dots`: [{conversation, wanted: online|offline, shown: {where: state}}]"""
    finding = Finding("dots are right within twice the lease after the last fault")
    for one in run.facts["dots"]:
        finding.count(one["wanted"])
        for where, state in one["shown"].items():
            if state != one["wanted"]:
                finding.violate(f"{where} shows {one['conversation']} as {state}, it is {one['wanted']}")
    return finding.require("online", "offline")
