"""What the replies of mail servers mean; the texts are those of well-known servers."""

from pathlib import Path

import pytest

from research.mail.refusals import PASSING, WORDS, Refusal, refusal

REPLIES = [
    # Postfix, Exim, Exchange, Gmail, Outlook.com, qmail
    ("recipient", 550, b"5.1.1 <x@lab.example>: Recipient address rejected: User unknown", "bounced"),
    ("recipient", 550, b"Unrouteable address", "bounced"),
    ("recipient", 550, b"5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT052]", "bounced"),
    ("recipient", 550, b"5.1.1 The email account that you tried to reach does not\n5.1.1 exist.", "bounced"),
    ("recipient", 550, b"5.2.1 The email account that you tried to reach is disabled.", "bounced"),
    ("recipient", 553, b"sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "bounced"),
    ("recipient", 552, b"5.2.2 The email account that you tried to reach is over quota", "mailbox_full"),
    ("recipient", 452, b"4.2.2 The email account that you tried to reach is over quota", "mailbox_full"),
    ("recipient", 552, b"Mailbox full", "mailbox_full"),
    ("recipient", 450, b"4.2.0 Recipient address rejected: Greylisted", "deferred"),
    ("recipient", 452, b"4.5.3 Too many recipients", "deferred"),
    ("recipient", 451, b"4.7.1 Please try again later", "deferred"),
    ("recipient", 554, b"5.7.1 Relay access denied", "policy"),
    ("recipient", 530, b"5.7.0 Must issue a STARTTLS command first", "login"),
    ("sender", 530, b"5.7.0 Authentication Required", "login"),
    ("sender", 550, b"5.1.8 Sender address rejected: Domain not found", "sender"),
    ("sender", 553, b"sorry, your envelope sender is in my badmailfrom list", "sender"),
    ("sender", 552, b"5.3.4 Message size exceeds fixed limit", "too_large"),
    ("content", 552, b"5.2.3 Your message exceeded Google's message size limits", "too_large"),
    ("content", 552, b"Error: Too much mail data", "too_large"),
    ("content", 554, b"5.7.1 Spam message rejected", "policy"),
    ("content", 550, b"5.7.26 This mail is unauthenticated, which poses a security risk", "policy"),
    ("content", 421, b"4.7.28 unusual rate of unsolicited mail", "deferred"),
    ("content", 554, b"5.6.0 Message contains invalid header", "refused"),
    ("login", 535, b"5.7.8 Username and Password not accepted", "login"),
    ("login", 454, b"4.7.0 Temporary authentication failure", "deferred"),
    ("connection", 554, b"No SMTP service here", "refused"),
    ("connection", 421, b"too many connections", "deferred"),
]


@pytest.mark.parametrize(("stage", "code", "said", "word"), REPLIES)
def test_a_reply_gets_the_word_for_what_it_means(stage: str, code: int, said: bytes, word: str) -> None:
    no = refusal(code, said, stage)  # S5.40
    assert no.word == word
    assert no.passing == (word in PASSING)


def test_a_full_mailbox_and_every_4xx_may_pass_and_nothing_else() -> None:
    assert {"deferred", "mailbox_full"} == {word for word in WORDS if refusal_with(word).passing}


def refusal_with(word: str) -> Refusal:
    stage, code, said, _ = next(reply for reply in REPLIES if reply[3] == word)
    return refusal(code, said, stage)


def test_the_page_has_every_word_with_its_meaning() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mail.md").read_text(encoding="utf-8")
    for word, meaning in WORDS.items():
        assert f"| `{word}` | {meaning} | {'yes' if word in PASSING else 'no'} |" in page


def test_a_status_that_contradicts_its_code_is_not_believed() -> None:
    no = refusal(550, b"4.2.2 odd", "recipient")
    assert (no.status, no.word) == (None, "bounced")


def test_what_a_server_says_is_one_bounded_line_of_printable_text() -> None:
    no = refusal(550, b"5.1.1 no\r\n\x1b[31msuch \xff user" + b"x" * 1_000, "recipient")
    assert no.said.startswith("5.1.1 no [31msuch \ufffd user")
    assert len(no.said) == 300
