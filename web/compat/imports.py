"""S5: import a file, at once where it is small, by a job where it is not."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any, BinaryIO, Final, cast

from flask import request

from callboard.broker.errors import ConnectionLost
from callboard.jobs.errors import InvalidArguments
from pipelines.job_queues import import_arguments
from pipelines.job_types import JobType
from web.api.calls import of_arguments
from web.audit import note
from web.compat.door import as_sent, blueprint, create_status, enqueue, place_of, successor, wrong
from web.compat.options import options_from
from web.services import here
from web.strict_json import BadJson, loads

LARGEST_BODY: Final = 101_000_000
SMALL_BYTES: Final = 5_000_000
TRUE: Final = ("true", "1", "yes", "on")
# Each takes a child process with up to 256 MB; what comes while these are busy becomes a job.
AT_ONCE = BoundedSemaphore(2)


@blueprint.post("/admin/import")
def import_file() -> Any:
    """Import an uploaded workbook; by a job with `?async=true` or above 5 MB."""
    request.max_content_length = LARGEST_BODY
    upload = request.files.get("file")
    if upload is None:
        raise wrong("file", "a file was expected, as multipart/form-data")
    form = fields()
    options = options_from({name: form.pop(name) for name in ("priority",) if name in form}, "")
    stored = here().files.put(cast("BinaryIO", upload.stream), upload.filename or "upload")
    kept = False
    try:
        arguments = import_arguments(stored.reference, stored.name, form.pop("table", None), form)
        small = stored.size <= SMALL_BYTES and request.args.get("async", "").lower() not in TRUE
        if small and AT_ONCE.acquire(blocking=False):
            return at_once(stored.name, arguments)
        try:
            id = enqueue(JobType.EXCEL_IMPORT, arguments, options)
        except ConnectionLost:
            kept = True  # Nobody knows whether the job is there; a file that none needs goes with the clean-up.
            raise
        kept = True
        return {"success": True, "data": {"jobId": id, "async": True}}, create_status(), place_of(id)
    finally:
        if not kept:
            here().files.delete(stored.reference)


def at_once(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Import while the client waits, and tell what came of it. Raises Problem."""
    from actors.excel_import import import_small

    successor("/api/v1/jobs")
    try:
        result = import_small(**arguments)
    except InvalidArguments as error:
        raise as_sent(of_arguments(error)) from None
    finally:
        AT_ONCE.release()
    note("import", f"table {result['table']}", detail={"file": name})
    return {"success": True, "data": {"async": False, "result": result}}


def fields() -> dict[str, Any]:
    """The other fields of the form: `table`, `priority` and options of the import, alone or as JSON `importOptions`.

    Raises Problem.
    """
    if any("\x00" in text for item in request.form.items(multi=True) for text in item):
        raise wrong("", "text without NUL was expected in the form")
    found = {name: value(text) for name, text in request.form.items() if name not in ("table", "importOptions")}
    given = value(request.form.get("importOptions", "{}"))
    if not isinstance(given, dict):
        raise wrong("importOptions", "a JSON object was expected")
    if "file" in found or "file" in given:
        raise wrong("file", "the file itself was expected, not its name")
    table = {"table": request.form["table"]} if request.form.get("table") else {}
    return {**given, **found, **table}


def value(text: str) -> Any:
    """A field of a form: JSON where it is some, else text. Raises nothing."""
    try:
        return loads(text.encode("utf-8", "replace"))
    except BadJson:
        return text
