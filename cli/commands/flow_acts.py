"""`callboard flows approve`, `reject`, `skip`, `cancel`, `resume`: what may be done to a flow by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from callboard.jobs.identity import kept_id
from cli.asking import confirm
from cli.failures import NOT_POSSIBLE, Stop
from cli.output import Out
from cli.schedule_change import who
from cli.server import client, links, remote, store
from cli.words import word

if TYPE_CHECKING:
    from callboard.broker.store import FlowStatus
    from callboard.jobs.record import Job

FLOW: Final = "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2"
note_option = click.option("--note", metavar="TEXT", default="", help="Why.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@word("approve", f'callboard flows approve {FLOW} publish --note "looks right"')
@click.argument("id")
@click.argument("step")
@note_option
@click.pass_obj
def approve_command(out: Out, id: str, step: str, note: str) -> None:
    """Let a step run that waits for approval; STEP is its name or its id."""
    decide(out, id, step, note, approved=True)


@word("reject", f'callboard flows reject {FLOW} publish --note "two typos"')
@click.argument("id")
@click.argument("step")
@note_option
@click.pass_obj
def reject_command(out: Out, id: str, step: str, note: str) -> None:
    """Cancel a step that waits for approval; those after it go on by the policies of their edges."""
    decide(out, id, step, note, approved=False)


def decide(out: Out, id: str, step: str, note: str, *, approved: bool) -> None:
    """Decide on a step, and say so."""
    job = decided(kept_id(id), step, note, approved=approved)
    done(out, id, f"{job.step or job.id} is {'approved' if approved else 'rejected'}", step=job.id)


def decided(flow: str, step: str, note: str, *, approved: bool) -> Job:
    """Decide on a step; the step. Raises StepMissing, NotPossible, Refused."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.decide(far.api, flow, step, note, approved=approved)
    from callboard.broker.flow_acts import decide_step, find_step

    job = find_step(store(), flow, step)
    decide_step(links(), job, approved=approved, by=who(), note=note)
    return job


@word("skip", f'callboard flows skip {FLOW} look-up --note "the source is down"')
@click.argument("id")
@click.argument("step")
@note_option
@click.pass_obj
def skip_command(out: Out, id: str, step: str, note: str) -> None:
    """Leave out a step that does not run yet, where all that comes after it can do without its result."""
    job = left_out(kept_id(id), step, note)
    done(out, id, f"{job.step or job.id} is left out", step=job.id)


def left_out(flow: str, step: str, note: str) -> Job:
    """Leave out a step; the step. Raises StepMissing, NotPossible, Refused."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.leave_out(far.api, flow, step, note)
    from callboard.broker.flow_acts import find_step, leave_out_step

    job = find_step(store(), flow, step)
    leave_out_step(links(), job, by=who(), note=note)
    return job


@word("cancel", f"callboard flows cancel {FLOW} --yes")
@click.argument("id")
@yes_option
@click.pass_obj
def cancel_command(out: Out, id: str, yes: bool) -> None:
    """Cancel all jobs of a flow that have not ended; those that run are asked."""
    flow = known(id)
    confirm(f"Cancel flow {flow.name} {flow.id}", yes)
    number = cancelled(flow.id)
    done(out, id, f"{number} jobs are cancelled", affected=number)


def cancelled(flow: str) -> int:
    """Cancel all jobs of a flow that have not ended; how many that were. Raises FlowMissing, Refused."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.cancel(far.api, flow)
    from callboard.broker.flow_acts import cancel_flow

    return cancel_flow(store(), client(), flow)


@word("resume", f"callboard flows resume {FLOW}")
@click.argument("id")
@click.pass_obj
def resume_command(out: Out, id: str) -> None:
    """Run the jobs again at which a flow broke; what was skipped or cancelled because of them follows."""
    number = resumed(kept_id(id))
    done(out, id, f"{number} jobs run again, and those after them follow", affected=number)


def resumed(id: str) -> int:
    """Run the jobs again at which a flow broke; how many that were. Raises FlowMissing, Stop, Refused."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.resume(far.api, id)
    from callboard.broker.flow_acts import resume_flow

    number = resume_flow(store(), client(), id)
    if not number:
        raise Stop(NOT_POSSIBLE, f"flow {id} has no job that broke it: it is {known(id).state}")
    return number


def known(id: str) -> FlowStatus:
    """The flow of an id. Raises FlowMissing, Refused."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.known(far.api, kept_id(id))
    from callboard.broker.flow_acts import known_flow

    return known_flow(store(), kept_id(id))


def done(out: Out, id: str, words: str, **more: Any) -> None:
    """Say what was done; the flow as it is now, as JSON."""
    flow = known(id)
    out.page({"id": flow.id, "name": flow.name, "state": flow.state} | more, lambda: out.say(words))


ACTS: Final = (approve_command, reject_command, skip_command, cancel_command, resume_command)
