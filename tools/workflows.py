"""The page of workflows for readers: ``python -m tools.workflows > docs/workflows.md``."""

import sys
from collections.abc import Iterator
from importlib import import_module

from core.workflow import Transition, Workflow

MODULES = (
    "vendors.workflow",
    "vendors.library_workflow",
    "procurement.workflow",
    "contracts.workflow",
    "assets.workflow",
)
HEAD = """\
# Workflows

Written by `make docs` from each package's workflow tables; do not edit.

A step needs its permission and an open state. "Apart from" names earlier acts on the same record: whoever
did one of them may not take this step. A step without "to" leaves the stage as it is. Beside its stage every
record has a review status (draft → submitted → returned | approved), and nobody reviews what they drafted or
submitted themselves."""


def main() -> None:
    """Print the page."""
    sys.stdout.write(page(workflows()))


def workflows() -> list[Workflow]:
    """Return every workflow that the packages declare, in their order."""
    found = [value for name in MODULES for value in vars(import_module(name)).values()]
    return [value for value in found if isinstance(value, Workflow)]


def page(described: list[Workflow]) -> str:
    """Return the page that describes the workflows."""
    return "\n\n".join([HEAD, *(section(workflow) for workflow in described)]) + "\n"


def section(workflow: Workflow) -> str:
    """Return the title, the picture and the table of one workflow."""
    title = f"## {workflow.name.replace('_', ' ').capitalize()}"
    return "\n".join([title, "", *picture(workflow), "", *table(workflow)])


def picture(workflow: Workflow) -> Iterator[str]:
    """Yield a state diagram, one arrow for each step that moves the record."""
    states = list(workflow.states)
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {states[0].value}"
    for transition in workflow:
        for source in ordered(workflow, transition):
            if transition.target is not None:
                yield f"    {source} --> {transition.target.value}: {transition.name}"
    leaving = {source for transition in workflow if transition.target for source in transition.sources}
    for state in states:
        if state not in leaving:
            yield f"    {state.value} --> [*]"
    yield "```"


def table(workflow: Workflow) -> Iterator[str]:
    """Yield one row for each step."""
    yield "| step | name | from | to | needs | apart from | only |"
    yield "|---|---|---|---|---|---|---|"
    for transition in workflow:
        cells = [
            f"`{transition.name}`",
            str(transition.label),
            ", ".join(ordered(workflow, transition)),
            transition.target.value if transition.target is not None else "",
            f"`{transition.needs.value}`",
            ", ".join(f"`{name}`" for name in transition.apart_from),
            conditions(transition),
        ]
        yield f"| {' | '.join(cells)} |"


def ordered(workflow: Workflow, transition: Transition) -> list[str]:
    """Return the states that the step starts from, in the order of the life they belong to."""
    return [state.value for state in workflow.states if state in transition.sources]


def conditions(transition: Transition) -> str:
    """Return what else the step asks for, in words."""
    approved = ["once approved"] if transition.approved else []
    special = ["for some records"] if transition.when else []
    return ", ".join(approved + special)


if __name__ == "__main__":
    main()
