"""What a run of mutants printed and wrote: one line each, the score by area, the survivors in a file."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.runner import Task

FOUND = "killed"


@dataclass
class Report:
    """The results of one command."""

    name: str
    folder: Path
    covering: dict[str, int] = field(default_factory=dict)
    said: int = 0

    def say(self, task: Task) -> None:
        """One line on a mutant whose tests have run."""
        if task.verdict == "unfit":
            return
        self.said += 1
        covered = f" of {self.covering[task.name]}" if task.name in self.covering else ""
        by = f", by {task.found_by}" if task.found_by else ""
        print(
            f"{self.said:4} {task.verdict:9} {task.name} ({task.ran}{covered} tests, {task.seconds} s{by})", flush=True
        )

    def end(self, tasks: list[Task], areas: dict[str, str], wanted: float) -> int:
        """Print the score and write both files; 0 where the score is what is wanted."""
        total, caught = Counter(areas[task.name] for task in tasks), Counter[str]()
        left = [task for task in tasks if task.verdict != FOUND]
        caught.update(areas[task.name] for task in tasks if task.verdict == FOUND)
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {"name": task.name, "area": areas[task.name], "verdict": task.verdict or "no tests", "by": task.found_by}
            for task in tasks
        ]
        (self.folder / f"{self.name}.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
        survivors = self.folder / f"{self.name}-survivors.txt"
        survivors.write_text("".join(f"{task.verdict or 'no tests'}: {task.name}\n" for task in left))
        for area, count in total.items():
            print(f"{area:12} {caught[area]:4} of {count:4} found")
        score = caught.total() / max(1, total.total())
        print(f"Score: {caught.total()} of {total.total()} = {score:.1%} (wanted {wanted:.0%}); survivors: {survivors}")
        return 0 if score >= wanted else 1
