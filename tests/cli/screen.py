"""A terminal of a fixed size with a program in it: what it shows, and whether it is left as it was."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping

TOKEN = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b.|[\r\n\x07\x08]|[^\x1b\r\n\x07\x08]")

TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
HALF = re.compile(r"\x1b(?:\[[?0-9;]*)?\Z")


class Screen:
    """A program on a terminal; a character that a page of its own draws outside of it fails the test."""

    def __init__(self, *words: str, environ: Mapping[str, str], columns: int = 80, lines: int = 24) -> None:
        self.columns, self.rows = columns, lines
        self.cells = [[" "] * columns for _ in range(lines)]
        self.x = self.y = 0
        self.raw = ""
        self._half = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        # What these say of the terminal of the tests would win over the size of this one.
        own = {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES")}
        environ = {**own, "TERM": "xterm-256color"}
        # Its controlling terminal, so that Ctrl-C is a signal.
        program = [sys.executable, "-c", TAKE, sys.executable, *words]
        self.process = subprocess.Popen(
            program, env=environ, start_new_session=True, stdin=self.slave, stdout=self.slave, stderr=self.slave
        )

    def press(self, keys: str) -> None:
        """Type something."""
        os.write(self.master, keys.encode())

    def shows(self, text: str, seconds: float = 20.0) -> str:
        """The whole screen once a text is on it; fails when it does not come."""
        deadline = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < deadline, f"{text!r} is not on the screen:\n{self.text}"
            self._read(0.1)
        return self.text

    def end(self, seconds: float = 20.0) -> int:
        """Wait for the end of the program; its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"does not end:\n{self.text}"
            self._read(0.1)
        while self._read(0.1):
            pass
        return self.process.returncode

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join("".join(row).rstrip() for row in self.cells)

    @property
    def as_before(self) -> bool:
        """Whether the terminal echoes and gathers lines again, and shows the cursor and the page from before."""
        same = termios.tcgetattr(self.slave) == self.before
        shown = self.raw.rfind("\x1b[?25h") > self.raw.rfind("\x1b[?25l")
        return same and shown and self.raw.rfind("\x1b[?1049l") > self.raw.rfind("\x1b[?1049h")

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        text = self._half + self._decoder.decode(os.read(self.master, 65_536))
        cut = HALF.search(text)
        self._half = cut.group() if cut else ""
        text = text[: len(text) - len(self._half)]
        for token in TOKEN.findall(text):
            self.raw += token
            self._take(token)
        return True

    def _take(self, token: str) -> None:
        if token == "\r":
            self.x = 0
        elif token == "\n":
            self.y += 1
        elif token.startswith("\x1b["):
            self._steer(token)
        elif token.isprintable() and self.raw.rfind("\x1b[?1049h") > self.raw.rfind("\x1b[?1049l"):
            assert 0 <= self.x < self.columns, f"{token!r} is drawn in column {self.x}: {self.raw[-300:]!r}"
            assert 0 <= self.y < self.rows, f"{token!r} is drawn in line {self.y}"
            self.cells[self.y][self.x] = token
            self.x += 1

    def _steer(self, token: str) -> None:
        if token[-1] == "H":
            y, _, x = token[2:-1].partition(";")
            self.y, self.x = int(y or 1) - 1, int(x or 1) - 1
        elif token.endswith("2J") or token in ("\x1b[?1049h", "\x1b[?1049l"):
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
        elif token[-1] == "A":
            self.y -= int(token[2:-1] or 1)
        elif token[-1] == "K":
            self.cells[self.y] = [" "] * self.columns
