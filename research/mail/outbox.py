"""A folder of `.eml` files: where mail goes as long as no server is set; any mail program opens them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from research.mail.refusals import Refusal


@dataclass(frozen=True)
class Folder:
    """A folder in which each mail becomes a file, the same file when the same mail is written again."""

    path: Path

    @property
    def name(self) -> str:
        """The word for the log of sent mails."""
        return "folder"

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> dict[str, Refusal]:
        """Write the mail; it is complete on disk, or not there at all. A folder refuses nobody."""
        self.path.mkdir(parents=True, exist_ok=True)
        key = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:16]
        part = self.path / f"{key}.part"
        part.write_bytes(message.as_bytes())
        part.replace(self.path / f"{key}.eml")
        return {}
