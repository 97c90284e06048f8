"""Samples by placement, workload and target, and ratios between them.

A ratio is taken within a round, where both sides ran within seconds of each other,
and then the median over the rounds: what the machine did in another minute drops out.
Pure functions of the results that compare.py writes as JSON.
"""

import statistics


class Results:
    """One placement of the JSON document, in which rounds[placement][workload][target] is a
    list of samples, one per round."""

    def __init__(self, document, placement):
        self.placement = placement
        self._rounds = document["rounds"].get(placement, {})
        self.workloads = [workload for workload in document["workloads"] if workload["name"] in self._rounds]

    def targets(self, workload):
        return list(self._rounds.get(workload, {}))

    def values(self, workload, target, field):
        samples = self._rounds.get(workload, {}).get(target, [])
        return [sample[field] for sample in samples if field in sample]

    def paired(self, workload, field, one, other, combine):
        pairs = zip(self.values(workload, one, field), self.values(workload, other, field))
        return [combine(a, b) for a, b in pairs]

    def ratios(self, workload, field, one, other):
        return self.paired(workload, field, one, other, lambda a, b: a / b)


def placements(document):
    return [Results(document, placement) for placement in document["rounds"]]


def rate_ratios(ones, others):
    """Of two lists of samples that were taken in turns."""
    return [one["rate"] / other["rate"] for one, other in zip(ones, others)]


def spread(values, digits):
    """Median [least – most]."""
    if not values:
        return ""
    median = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return median
    return f"{median} [{min(values):.{digits}f} – {max(values):.{digits}f}]"


def table(titles, rows):
    """Markdown whose columns also line up on a terminal; empty columns are left out."""
    kept = [i for i in range(len(titles)) if i == 0 or any(row[i] for row in rows)]
    cells = [[row[i] for i in kept] for row in [titles, *rows]]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(kept))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |"
             for row in cells]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
