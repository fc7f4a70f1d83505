"""How the carrier misbehaves: decided by the seed and a number alone, so that a run can be had again."""

import copy
import random

# Why a text does not arrive.
REASONS = {
    30003: "Unreachable destination handset", 30004: "Message blocked", 30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier", 30007: "Message filtered", 30008: "Unknown error",
}
# Before they reach a phone's carrier some texts fail already.
FAILED_SHARE = 0.25
ANSWERS = ("429", "500", "503", "hang", "close", "accept-then-close", "accept-then-500", "accept-then-hang")
DEFAULTS = {
    "answers": {one: 0.0 for one in ANSWERS},
    "texts": {"fail": 0.0, "codes": list(REASONS), "phones": {}},
    "callbacks": {"delay": [0.2, 1.0], "double": 0.0, "reorder": 0.0, "drop": 0.0},
    "webhooks": {"delay": [0.0, 0.0], "double": 0.0, "reorder": 0.0, "late": 2.0, "again": 0.0},
}


class Plan:
    """`answers`: how often the API answers in each of these ways instead of well.

    `texts`: how many do not arrive, for which of the `codes`; `phones` has numbers that never get one, with the code.
    `callbacks`, `webhooks`: seconds before each, and how many come twice, out of order, never. A webhook that is out
    of order is made after the phone's next one, or `late` seconds; one that nobody took is made once more every `again`
    seconds, or with 0 never.
    """

    def __init__(self, seed: str):
        self.seed = seed
        self.rules = copy.deepcopy(DEFAULTS)

    def change(self, wish: dict) -> None:
        """Raises `ValueError` naming what is no rule; then nothing has changed."""
        rules = copy.deepcopy(self.rules)
        for part, values in wish.items():
            if part not in rules or not isinstance(values, dict):
                raise ValueError(f"{part} is none of {', '.join(rules)}")
            for name, value in values.items():
                if name not in rules[part]:
                    raise ValueError(f"{part}.{name} is none of {', '.join(rules[part])}")
                _check(f"{part}.{name}", value, DEFAULTS[part][name])
                rules[part][name] = value
        self.rules = rules

    def answer(self, request: int) -> str | None:
        """How the API misbehaves at this request; None: not at all."""
        draw = self._dice("answer", request).random()
        for name, rate in self.rules["answers"].items():
            draw -= rate
            if draw < 0:
                return name
        return None

    def fate(self, number: int, phone: str) -> tuple[list[str], int | None]:
        """The statuses that a text goes through after it was queued, and why it fails."""
        rules = self.rules["texts"]
        dice = self._dice("fate", number)
        fails, code, is_early = dice.random() < rules["fail"], dice.choice(rules["codes"]), dice.random() < FAILED_SHARE
        if phone in rules["phones"]:
            return ["sent", "undelivered"], rules["phones"][phone]
        if not fails:
            return ["sent", "delivered"], None
        return (["failed"] if is_early else ["sent", "undelivered"]), code

    def callbacks(self, number: int, statuses: list[str]) -> tuple[list[dict], float]:
        """The calls in their order, with seconds since the text was accepted; and when the text's fate is decided."""
        rules, at, times = self.rules["callbacks"], 0.0, []
        for index in range(len(statuses)):
            at += self._dice("callback delay", number, index).uniform(*rules["delay"])
            times.append(at)
        is_turned = self._dice("callback order", number).random() < rules["reorder"]
        calls = []
        for index, status in enumerate(reversed(statuses) if is_turned else statuses):
            if self._dice("callback drop", number, index).random() < rules["drop"]:
                continue
            calls.append({"after": round(times[index], 3), "status": status})
            if self._dice("callback double", number, index).random() < rules["double"]:
                later = times[index] + self._dice("second callback delay", number, index).uniform(*rules["delay"])
                calls.append({"after": round(later, 3), "status": status})
        return sorted(calls, key=lambda one: one["after"]), round(at, 3)

    def webhooks(self, number: int) -> tuple[list[float], bool]:
        """Seconds before each call, and whether the next text of that phone overtakes this one."""
        rules = self.rules["webhooks"]
        count = 2 if self._dice("webhook double", number).random() < rules["double"] else 1
        times = [self._dice("webhook delay", number, index).uniform(*rules["delay"]) for index in range(count)]
        return [round(one, 3) for one in times], self._dice("webhook order", number).random() < rules["reorder"]

    def _dice(self, *of: str | int) -> random.Random:
        # Dice of its own for each decision: one rule's change leaves the others' decisions as they are.
        return random.Random("/".join(map(str, (self.seed, *of))))


def _check(name: str, value, default) -> None:
    if isinstance(default, float):
        is_valid = _is_number(value) and (value >= 0 if name.endswith(("late", "again")) else 0 <= value <= 1)
    elif name.endswith("delay"):
        is_valid = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) \
            and 0 <= value[0] <= value[1]
    elif isinstance(default, list):
        is_valid = isinstance(value, list) and bool(value) and all(isinstance(one, int) for one in value)
    else:
        is_valid = isinstance(value, dict) and all(isinstance(one, int) for one in value.values())
    if not is_valid:
        raise ValueError(f"{name} cannot be {value!r}")


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
