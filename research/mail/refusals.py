"""What the no of a mail server means: one word for it, and whether another attempt may end better."""

import re
from dataclasses import dataclass

# What each word means; only the first two may pass.
WORDS = {
    "deferred": "not now: greylisting, a busy server, too many recipients at once",
    "mailbox_full": "the recipient's mailbox is full",
    "bounced": "the address, or its domain, does not exist or takes no mail",
    "too_large": "the mail is larger than the server takes",
    "policy": "refused by a policy of the server, such as its filter for spam",
    "sender": "the server does not take mail from FROM_EMAIL",
    "login": "the server wants a login, or not this one: see SMTP_USER and SMTP_PASS",
    "refused": "anything else that the server will say again",
}
PASSING = ("deferred", "mailbox_full")
LONGEST_REPLY = 300

# The code of RFC 3463 at the head of a reply: class.subject.detail.
STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")
LOGIN_CODES = (530, 534, 535, 538)
# Subject and detail of RFC 3463 and its registry, most special first; * stands for every detail.
BY_STATUS = {
    "1.7": "sender",
    "1.8": "sender",
    "1.*": "bounced",
    "2.1": "bounced",
    "2.2": "mailbox_full",
    "2.3": "too_large",
    "2.*": "refused",
    "3.4": "too_large",
    # 4.1 is how Exchange calls a recipient that it does not know, 4.4 a domain that leads nowhere.
    "4.1": "bounced",
    "4.4": "bounced",
    "6.*": "refused",
    "7.8": "login",
    "7.9": "login",
    "7.*": "policy",
}
# Without such a code it depends on what the no was an answer to (RFC 5321, section 4.2.2).
BY_CODE = {
    ("recipient", 521): "bounced",
    ("recipient", 550): "bounced",
    ("recipient", 551): "bounced",
    ("recipient", 552): "mailbox_full",
    ("recipient", 553): "bounced",
    ("recipient", 554): "policy",
    ("recipient", 556): "bounced",
    ("sender", 550): "sender",
    ("sender", 552): "too_large",
    ("sender", 553): "sender",
    ("sender", 554): "policy",
    ("content", 550): "policy",
    ("content", 552): "too_large",
    ("content", 554): "policy",
}


@dataclass(frozen=True)
class Refusal:
    """A no: the word for it, the codes of RFC 5321 and, where the server sent one, RFC 3463, and what was said."""

    word: str
    code: int
    status: str | None
    said: str

    @property
    def passing(self) -> bool:
        """Whether another attempt may end better."""
        return self.word in PASSING

    def __str__(self) -> str:
        return f"{self.code} {self.said}"


def refusal(code: int, said: bytes | str, stage: str) -> Refusal:
    """What a reply means as an answer to the `stage` connection, login, sender, recipient or content."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    text = "".join(c for c in " ".join(words.split()) if c.isprintable())[:LONGEST_REPLY]
    found = STATUS.match(text)
    status = found[0] if found and found[1] == str(code)[0] else None
    return Refusal(word_for(code, status, stage), code, status, text)


def word_for(code: int, status: str | None, stage: str) -> str:
    """The word for the two codes of a reply."""
    subject = status.split(".", 1)[1] if status else ""
    known = BY_STATUS.get(subject) or BY_STATUS.get(subject.split(".")[0] + ".*")
    if code < 500:
        return "mailbox_full" if known == "mailbox_full" else "deferred"
    if code in LOGIN_CODES or stage == "login":
        return "login"
    return known or BY_CODE.get((stage, code), "refused")
