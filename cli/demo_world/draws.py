"""What the invented lab asks for: calls of the demo's types, drawn at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from callboard.broker.policies import call_of
from callboard.jobs.flow import Plan, Step, chain, group, plan

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker
    from callboard.jobs.call import Call

PEOPLE: Final = ("maria", "jonas", "amina", "li", "tomas", "ruth")
INSTRUMENTS: Final = ("potentiostat-1", "potentiostat-2", "potentiostat-3", "plate-reader", "gas-analyser", "balance")
MODELS: Final = ("butler-volmer", "monod", "nernst-planck")
PROJECTS: Final = ("biofilm", "membranes", "cathodes", "wastewater")
Arguments = dict[str, Any]


def instrument(dice: random.Random) -> Arguments:
    """One reading in six needs another attempt, one in thirty gets no answer at all."""
    answers_at = dice.choices((1, 2, 3, 9), weights=(50, 6, 2, 2))[0]
    return {"instrument": dice.choice(INSTRUMENTS), "answers_at": answers_at}


def sheet(dice: random.Random) -> Arguments:
    """Columns and units as they are typed; some of them are not there."""
    column = dice.choices(("voltage", "current", "pH", "temperature"), weights=(10, 6, 4, 2))[0]
    unit = dice.choices(("mV", "mA", "", "mA/cm²"), weights=(10, 6, 4, 1))[0]
    return {"sheet": f"run-{dice.randrange(200, 420)}", "column": column, "unit": unit}


def notebook(dice: random.Random) -> Arguments:
    """Some pages of somebody's notebook."""
    return {"notebook": f"{dice.choice(PEOPLE)}-{dice.randrange(1, 9)}", "pages": dice.randrange(4, 30)}


def slide(dice: random.Random) -> Arguments:
    """A small slide or a large one."""
    return {"slide": f"S-{dice.randrange(1000, 1400)}", "tiles": dice.choice((36, 48, 64, 100))}


def fit(dice: random.Random) -> Arguments:
    """Readings to fit; one set in twelve is too large for the time limit."""
    return {"model": dice.choice(MODELS), "points": dice.choices((200, 350, 500, 900), weights=(10, 8, 4, 2))[0]}


def mail(dice: random.Random) -> Arguments:
    """A mail to somebody of the lab, which becomes a file."""
    return {"to": [f"{dice.choice(PEOPLE)}@lab.example"], "template": "welcome", "data": {"name": dice.choice(PEOPLE)}}


def nothing(_: random.Random) -> Arguments:
    """No arguments."""
    return {}


# How often each is drawn, and of what. The last two are the platform's own.
DRAWS: Final[dict[str, tuple[int, Callable[[random.Random], Arguments]]]] = {
    "read_instrument": (32, instrument),
    "read_sheet": (24, sheet),
    "fit_model": (16, fit),
    "summarise_notes": (13, notebook),
    "segment_slide": (9, slide),
    "email_send": (5, mail),
    "system_health_check": (1, nothing),
}


def drawn_type(dice: random.Random) -> str:
    """A type, as often as the table says."""
    return dice.choices(list(DRAWS), weights=[weight for weight, _ in DRAWS.values()])[0]


def draw(broker: CallboardBroker, type: str, dice: random.Random, **options: Any) -> Call:
    """A call of a type, with somebody who asks for it and what it is found by."""
    person, project = dice.choice(PEOPLE), dice.choice(PROJECTS)
    about = {
        "tags": [project, *(["urgent"] if dice.random() < 0.08 else [])],
        "meta": {"user": f"{person}@lab.example", "project": project},
        "fairness_key": f"user:{person}",
    }
    if dice.random() < 0.1:
        about["priority"] = dice.choice(("high", "low"))
    return call(broker, type, DRAWS[type][1](dice), **(about | options))


def call(broker: CallboardBroker, type: str, arguments: Arguments, *, delay: float = 0, **options: Any) -> Call:
    """A call of a type; `delay` is in seconds."""
    actor: Any = broker.actors[type]
    return call_of(actor.message_with_options(kwargs=arguments, **options), actor, round(delay * 1000))


def sequencing_run(
    broker: CallboardBroker,
    dice: random.Random,
    *,
    mixed_up: bool = False,
    delay: float = 0,
    approval: bool = False,
) -> Plan:
    """The flow over one sample: align, then variants beside coverage, then the report, which may need approval."""
    sample, person = f"P-{dice.randrange(100, 999):04d}", dice.choice(PEOPLE)
    name = {"sample": sample}
    reads = name | {"reads": dice.choice((4.0, 8.0, 12.0))}
    strain = {"expected": "G. sulfurreducens PCA" if mixed_up else ""}
    about = {"tags": ["sequencing"], "meta": {"user": f"{person}@lab.example", "sample": sample}}

    def step(type: str, name: str, arguments: Arguments, delay: float = 0) -> Step:
        return Step(call(broker, type, arguments, delay=delay, **about), name=name)

    parts = chain(
        step("align_reads", "align", reads, delay),
        group(step("call_variants", "variants", reads | strain), step("measure_coverage", "coverage", reads)),
        replace(step("report_sample", "report", name), approval=approval),
    )
    return plan(parts, name="sequencing_run", meta={"sample": sample, "user": f"{person}@lab.example"})
