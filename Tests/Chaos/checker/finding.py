"""What one invariant says of a run."""

from dataclasses import dataclass, field


@dataclass
class Finding:
    """`counts` is what was looked at: an invariant that looked at nothing has not held. Each violation names its
    evidence."""

    invariant: str
    counts: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.violations

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def violate(self, what: str) -> None:
        self.violations.append(what)

    def require(self, *whats: str) -> "Finding":
        """These must have been there to be looked at."""
        for what in whats:
            if not self.counts.get(what):
                self.violate(f"there was nothing to look at: no {what}")
        return self
