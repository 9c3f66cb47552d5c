import pytest

from callboard.jobs.call import Call
from callboard.jobs.flow import BadFlow, Edge, Node, Part, Plan, Step, chain, graph, group, plan
from tests.jobs import make_call


def calls(count: int) -> list[Call]:
    return [Call("add", "default") for _ in range(count)]


def edges(planned: Plan) -> dict[str, list[str]]:
    """What each node comes after."""
    return {node.id: [edge.node for edge in node.edges] for node in planned.nodes}


def node(planned: Plan, call: Call) -> Node:
    return next(node for node in planned.nodes if node.id == call.id)


def test_a_single_call_is_a_flow_of_one() -> None:
    call = make_call()
    planned = plan(call, name="alone", meta={"a": 1})
    assert planned.nodes == (Node(call.id, call, ()),)
    assert (planned.jobs, planned.gates, planned.name, planned.meta) == (1, 0, "alone", {"a": 1})
    assert list(planned.calls()) == [call]


def test_each_part_of_a_chain_comes_after_the_one_before_and_is_handed_its_result() -> None:
    a, b, c = calls(3)
    planned = plan(chain(a, b, c))
    assert edges(planned) == {a.id: [], b.id: [a.id], c.id: [b.id]}
    assert [n.results_of for n in planned.nodes] == ["", b.id, c.id]


def test_what_follows_a_group_comes_after_all_of_it_and_is_handed_a_list() -> None:
    a, b, c = calls(3)
    planned = plan(chain(group(a, b), c))
    assert edges(planned)[c.id] == [a.id, b.id]
    assert node(planned, c).results_of == f"{c.id}*"


def test_a_group_of_one_still_hands_on_a_list() -> None:
    a, b = calls(2)
    planned = plan(chain(group(a), b))
    assert node(planned, b).results_of == f"{b.id}*"


def test_two_groups_in_a_row_have_a_gate_so_that_edges_add_up_and_do_not_multiply() -> None:
    first, second = calls(300), calls(200)
    planned = plan(chain(group(*first), group(*second)))
    assert (planned.gates, planned.jobs) == (1, 500)
    assert sum(len(after) for after in edges(planned).values()) == 500
    gate = f"{planned.id}#1"
    assert node(planned, second[7]).edges == (Edge(gate, "fail", False),)
    assert node(planned, second[7]).results_of == f"{gate}*"


def test_groups_inside_groups_hand_on_one_flat_list() -> None:
    a, b, c, d = calls(4)
    planned = plan(chain(group(chain(a, group(b, c)), d), make_call()))
    assert [edge.node for edge in planned.nodes[-1].edges] == [b.id, c.id, d.id]


def test_nodes_come_after_what_they_need() -> None:
    planned = plan(chain(group(*calls(3)), group(*calls(3)), group(chain(*calls(2)), *calls(2)), make_call()))
    seen: set[str] = set()
    for part in planned.nodes:
        assert {edge.node for edge in part.edges} <= seen
        seen.add(part.id)


def test_an_edge_carries_the_policy_of_the_step_that_it_leaves() -> None:
    a, b, c = calls(3)
    planned = plan(chain(Step(a, if_fails="ignore"), Step(b, if_fails="continue"), c))
    assert [edge.policy for n in planned.nodes for edge in n.edges] == ["ignore", "continue"]
    assert [n.tolerated for n in planned.nodes] == ["ignore", "continue", ""]


def test_the_failure_of_a_last_step_is_the_flows_whatever_its_policy() -> None:
    planned = plan(group(Step(make_call(), if_fails="ignore"), make_call()))
    assert [n.tolerated for n in planned.nodes] == ["", ""]


def test_a_step_that_takes_no_results_is_handed_none_but_still_waits() -> None:
    a, b = make_call(), make_call(takes_results=False)
    planned = plan(chain(a, b))
    assert node(planned, b).results_of == ""
    assert node(planned, b).edges == (Edge(a.id, "fail", False),)


def test_a_graph_joins_several_parents() -> None:
    a, b = Step(make_call(), name="a"), Step(make_call(), if_fails="continue", name="b")
    c = Step(make_call(), after=(a, b), name="c")
    planned = graph(a, b, c, Step(make_call(), after=(a, c)))
    assert edges(planned)[c.call.id] == [a.call.id, b.call.id]
    assert node(planned, c.call).results_of == f"{c.call.id}*"
    assert [edge.policy for edge in node(planned, c.call).edges] == ["fail", "continue"]
    assert [n.step for n in planned.nodes] == ["a", "b", "c", ""]


def nested(depth: int) -> Part:
    return make_call() if depth == 0 else group(chain(nested(depth - 1)))


def test_flows_nest_deep_but_not_without_end() -> None:
    assert plan(nested(49)).jobs == 1
    with pytest.raises(BadFlow, match="may be nested 100 deep"):
        plan(nested(60))


def test_a_chain_of_a_thousand_and_a_group_of_ten_thousand_are_planned() -> None:
    assert plan(chain(*calls(1_000))).jobs == 1_000
    big = plan(chain(group(*calls(10_000)), group(*calls(9_000)), make_call()))
    assert (big.jobs, sum(len(n.edges) for n in big.nodes)) == (19_001, 28_000)


SAME, PARENT = make_call(), Step(make_call())
BAD = {
    "a chain needs at least one part": lambda: plan(chain()),
    "a group needs at least one part": lambda: plan(chain(make_call(), group())),
    "a graph needs at least one part": graph,
    "the same call stands in the flow twice": lambda: plan(chain(SAME, SAME)),
    "which must be given before it": lambda: graph(Step(make_call(), after=(PARENT,)), PARENT),
    'if_fails must be one of fail, continue, ignore, got "explode"': lambda: plan(
        Step(make_call(), if_fails="explode")
    ),
    "a flow may have 20,000 jobs": lambda: plan(group(*(Call("add", "q") for _ in range(20_001)))),
    "the call of on_failure is a step": lambda: plan(SAME, on_failure=SAME),
}


@pytest.mark.parametrize("message", BAD)
def test_a_flow_that_cannot_be_started_is_refused_with_the_reason(message: str) -> None:
    with pytest.raises(BadFlow, match=message):
        BAD[message]()
