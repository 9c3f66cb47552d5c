"""Fetch a repository over Git's smart HTTP protocol, through the guarded client and within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import httpx2
from dulwich.client import AbstractHttpGitClient
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository
from dulwich.repo import Repo

from research.outbound.client import Guard, guarded_client
from research.repositories.errors import NoRepository, RepositoryTooLarge, RepositoryUnreachable
from research.repositories.packs import packing
from research.repositories.place import checked_url

REDIRECTS: Final = 3
SECONDS: Final = 400.0
# Some servers speak the smart protocol only with those that name themselves so.
AGENT: Final = "git/callboard"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is fetched at most: bytes on the wire, objects, commits from the newest on."""

    bytes: int
    objects: int = 2_000_000
    commits: int = 1_000


class Meter:
    """Counts what comes in, and stops it at the limit; `say` is told the bytes, and may stop it earlier."""

    def __init__(self, most: int, say: Callable[[int], None]) -> None:
        self.bytes = 0
        self._most = most
        self._say = say

    def count(self, size: int) -> None:
        """Count so many bytes more. Raises RepositoryTooLarge."""
        self.bytes += size
        if self.bytes > self._most:
            raise RepositoryTooLarge(
                f"the repository is larger than the limit of {self._most >> 20} MB; "
                "look at fewer commits, or raise max_mb"
            )
        self._say(self.bytes)


class Reply:
    """An answer in the form that dulwich reads: its status, its type, and where it came from in the end."""

    def __init__(self, response: httpx2.Response, asked: str, meter: Meter) -> None:
        self._response = response
        self._chunks: Iterator[bytes] = response.iter_raw()
        self._meter = meter
        self._rest = b""
        self.status = response.status_code
        self.headers = response.headers
        self.content_type = response.headers.get("Content-Type")
        final = str(response.url)
        self.redirect_location = final if final != asked else ""

    def read(self, size: int) -> bytes:
        """So many bytes, fewer only at the end."""
        parts, have = [self._rest], len(self._rest)
        while have < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._meter.count(len(chunk))
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()


class GuardedGitClient(AbstractHttpGitClient):
    """dulwich's HTTP client over our guarded one: every connection, that of a redirect too, is judged."""

    def __init__(self, url: str, guard: Guard, client: httpx2.Client, meter: Meter) -> None:
        # Some servers insist that a client can take thin packs; who has nothing yet is never sent one.
        super().__init__(url, thin_packs=True, quiet=True)
        self._guard = guard
        self._client = client
        self._meter = meter

    def _http_request(
        self, url: str, headers: Mapping[str, str] | None = None, data: Any = None, raise_for_status: bool = True
    ) -> Any:
        """The answer to a request, and what reads its body. Raises NoRepository, RepositoryUnreachable."""
        asked = url
        sent = {**(headers or {}), "User-Agent": AGENT, "Accept-Encoding": "identity"}
        for _ in range(REDIRECTS + 1):
            checked_url(url, self._guard.allow)
            request = self._client.build_request("GET" if data is None else "POST", url, headers=sent, content=data)
            response = self._client.send(request, stream=True)
            if data is not None or not response.is_redirect:
                return self._judged(Reply(response, asked, self._meter), url)
            response.close()
            url = urljoin(url, response.headers.get("Location", ""))
        raise RepositoryUnreachable(f"the server redirects more than {REDIRECTS} times")

    def _judged(self, reply: Reply, url: str) -> Any:
        if reply.status == 200 and (reply.content_type or "").startswith("application/x-git-"):
            return reply, reply.read
        reply.close()
        if reply.status >= 500 or reply.status == 429:
            raise RepositoryUnreachable(f"the server answered {reply.status}")
        if reply.status in (401, 403, 404, 410):
            raise NoRepository(f"there is no repository at this address that is open to everybody ({reply.status})")
        raise NoRepository(f"the server does not speak Git's smart protocol at this address ({reply.status})")


def fetch(
    repo: Repo, guard: Guard, url: str, ref: str | None, *, limits: Limits, say: Callable[[int], None]
) -> tuple[str, str]:
    """Fetch one ref into an empty repository; the commit's id and the name of the ref.

    Raises NoRepository, RepositoryTooLarge, RepositoryUnreachable, OutboundRefused.
    """
    meter, chosen = Meter(limits.bytes, say), Chosen(ref)
    with guarded_client(guard, SECONDS) as client, packing(repo, limits.objects) as write:
        git = GuardedGitClient(url, guard, client, meter)
        try:
            result = git.fetch_pack("", chosen.wants, repo.get_graph_walker(), write, depth=limits.commits)
        except (GitProtocolError, HangupException, NotGitRepository, AssertionError, ValueError) as error:
            raise RepositoryUnreachable(f"the server broke Git's protocol: {str(error)[:200]}") from error
        found = chosen.result()
    repo.update_shallow(result.new_shallow, result.new_unshallow)
    return found


class Chosen:
    """Picks the ref to fetch out of those that the server names."""

    def __init__(self, ref: str | None) -> None:
        self._ref = ref
        self._found: tuple[str, str] | None = None

    def wants(self, refs: Mapping[Any, Any], depth: int | None = None) -> list[Any]:
        """The one commit to fetch. Raises NoRepository where the ref is not there."""
        self._found = pick(refs, self._ref)
        return [self._found[0].encode()]

    def result(self) -> tuple[str, str]:
        """The commit's id and the name of its ref. Raises NoRepository."""
        if self._found is None:
            raise NoRepository("the repository is empty: it has no commit")
        return self._found


def pick(refs: Mapping[Any, Any], ref: str | None) -> tuple[str, str]:
    """The object and the full name of a ref: given in full or as branch, tag or commit; left out, that of HEAD.

    Raises NoRepository.
    """
    wanted = (ref or "HEAD").encode()
    tried = (wanted, b"refs/heads/" + wanted, b"refs/tags/" + wanted)
    for name in tried if ref else (*tried, b"refs/heads/main", b"refs/heads/master"):
        if name in refs:
            return str(refs[name].decode()), name.decode(errors="replace")
    named = next((name for name, id in refs.items() if ref and id == wanted), None)
    if named is not None:
        return wanted.decode(), named.decode(errors="replace")
    if not refs:
        raise NoRepository("the repository is empty: it has no commit")
    some = ", ".join(sorted(name.decode(errors="replace").removeprefix("refs/heads/") for name in refs)[:10])
    raise NoRepository(f"the repository has no branch or tag {(ref or 'HEAD')[:100]!r}; it has {some}")
