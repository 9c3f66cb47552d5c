"""The platform's own job types on a test board, as a user's project has its types."""

from pathlib import Path

import dramatiq.broker
import pytest

from callboard.history.database import reading
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from research.report import fetch_report

_before = dramatiq.broker.global_broker
from actors import services  # noqa: E402
from actors.email_notifications import email_send  # noqa: E402
from actors.paper_processing import extract_pdf  # noqa: E402
from pipelines.paper_intake import paper_intake  # noqa: E402
from tests.platform_board import board, settings  # noqa: E402

dramatiq.broker.global_broker = _before
__all__ = ["board", "settings"]
PAPER = Path(__file__).parents[2] / "data" / "papers" / "mfc-shewanella-flow-2024.pdf"


def test_a_mail_is_sent_inline(board: Board, settings: Settings) -> None:
    receipt = board.run(email_send, to=["anna@example.org"], template="welcome", data={"name": "Anna"})
    assert receipt["message_id"]
    assert [p["step"] for p in board.last.progress] == ["write", "send", "sent"]
    (mail,) = settings.mail_folder.glob("*.eml")
    assert "anna@example.org" in mail.read_text()
    with pytest.raises(InvalidArguments, match="template"):
        board.run(email_send, to=["anna@example.org"], template="spam")


def test_a_paper_goes_through_its_flow(board: Board, settings: Settings) -> None:
    stored = services.files().put_path(PAPER)
    flow = paper_intake(stored.reference, paper_id="mfc", notify=["anna@example.org"])
    board.client.start_flow(flow)
    board.assert_enqueued(extract_pdf, kwargs={"paper_id": "mfc", "file": stored.reference}, queue="paper-processing")
    board.assert_enqueued(email_send, kwargs={"to": ["anna@example.org"]})
    drained = board.drain()
    types = ["extract_pdf", "analyze_content", "generate_embeddings", "extract_parameters", "email_send"]
    assert [ran.type for ran in drained] == types
    assert drained.completed == 5
    with reading(services.database()) as session:
        assert fetch_report(session, "mfc")
    assert len(list(settings.mail_folder.glob("*.eml"))) == 1
