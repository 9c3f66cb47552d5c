"""The story of an operator by keyboard alone: home, what needs attention, the fault, a job mended and run again."""

from collections.abc import Callable

from tests.browser.looking import Board, Look
from tests.waiting import wait_until

FAULTY = {"type": "read_sheet", "args": {"sheet": "Plate 9", "column": "voltage", "unit": "furlong"}}
FOCUSED = "(selector) => document.activeElement?.matches(selector) ?? false"
# Whether a person sees where the focus is: an outline, or the row that is marked.
SEEN = """() => {
  const at = document.activeElement;
  return getComputedStyle(at).outlineStyle !== "none" || Boolean(at.closest("[data-current]"));
}"""


def tab_to(look: Look, selector: str, most: int = 80) -> None:
    """Press Tab until something has the focus, which must be seen on the way."""
    for _ in range(most):
        look.page.keyboard.press("Tab")
        assert look.page.evaluate(SEEN), look.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if look.page.evaluate(FOCUSED, selector):
            return
    raise AssertionError(f"{selector} cannot be reached by {most} times Tab")


def press_until(look: Look, key: str, reached: Callable[[], bool], most: int = 40) -> None:
    """Press a key until something is so."""
    for _ in range(most):
        look.page.keyboard.press(key)
        if reached():
            return
    raise AssertionError(f"not reached by {most} times {key}")


def test_an_operator_finds_mends_and_reruns_a_job_by_keyboard_alone(full: Board) -> None:
    job = full.call("POST", "/api/v1/jobs", FAULTY)["id"]
    wait_until(lambda: full.get(f"/api/v1/jobs/{job}")["state"] == "failed", seconds=60, every=0.3)
    (listed,) = wait_until(lambda: full.get(f"/api/v1/jobs?q=id:{job}%20state:failed")["jobs"], every=0.3)
    group = listed["fingerprint"]
    with full.look() as look:
        page = look.go("/admin/queues/").page
        attention = f"[data-region='attention'] a[href*='/errors/{group}']"
        page.locator(attention).wait_for(timeout=60_000)
        tab_to(look, attention)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/errors/{group}**")
        page.wait_for_load_state()
        press_until(look, "j", lambda: page.locator(f"[data-current] a[href*='{job}']").count() == 1)
        tab_to(look, f"a[href*='/jobs/{job}']", most=3) if not page.evaluate(FOCUSED, f"a[href*='{job}']") else None
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/jobs/{job}**")
        page.wait_for_load_state()
        wait_until(lambda: page.locator("#live").get_attribute("data-state") == "live", what="live")
        page.keyboard.press("e")
        page.locator("dialog[open]").wait_for()
        tab_to(look, "dialog[open] [name$='unit']")
        page.keyboard.press("Control+a")
        page.keyboard.type("mV")
        tab_to(look, "dialog[open] button.primary", most=30)
        page.keyboard.press("Enter")
        wait_until(lambda: page.locator("#job").get_attribute("data-state") == "completed", seconds=60, every=0.1)
        assert look.faults() == []
    assert full.get(f"/api/v1/jobs/{job}/result")["result"]["rows"] == 96
