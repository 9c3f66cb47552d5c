"""The platform itself as JSON: what is answered."""

from __future__ import annotations

from marshmallow import Schema, fields


class CheckOut(Schema):
    """One thing that was looked at."""

    name = fields.String()
    level = fields.String(metadata={"description": "ok, warn (jobs run, somebody should look) or fail"})
    found = fields.String()
    fix = fields.String(allow_none=True, metadata={"description": "how to mend it, where there is something to mend"})


class DoctorOut(Schema):
    """All checks."""

    at = fields.AwareDateTime()
    level = fields.String(metadata={"description": "the gravest of them"})
    checks = fields.List(fields.Nested(CheckOut))


class KeepOut(Schema):
    """How long something is kept."""

    age_ms = fields.Integer()
    count = fields.Integer(allow_none=True, metadata={"description": "of the newest so many of a queue at most"})


class RedisCost(Schema):
    """What lies in Redis."""

    bytes = fields.Integer()
    most_bytes = fields.Integer(allow_none=True, metadata={"description": "that it may use, none without a limit"})
    states = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "jobs by state"})
    keep = fields.Dict(keys=fields.String(), values=fields.Nested(KeepOut), metadata={"description": "by final state"})


class TableOut(Schema):
    """A table with its indexes."""

    name = fields.String()
    rows = fields.Integer()
    about = fields.Boolean(metadata={"description": "the rows are estimated"})
    bytes = fields.Integer(allow_none=True, metadata={"description": "none where the database is too large to look"})


class TypeCost(Schema):
    """The jobs of a type in the history."""

    type = fields.String()
    rows = fields.Integer()
    states = fields.Dict(keys=fields.String(), values=fields.Integer())
    bytes_about = fields.Integer(metadata={"description": "its share of the database by rows"})


class HistoryKeep(Schema):
    """How long the history keeps finished jobs."""

    age_ms = fields.Integer()
    jobs = fields.Integer(allow_none=True, metadata={"description": "so many at most, any number if none"})


class SqlCost(Schema):
    """What lies in SQL."""

    kind = fields.String()
    bytes = fields.Integer()
    rows = fields.Integer(metadata={"description": "jobs"})
    keep = fields.Nested(HistoryKeep)
    tables = fields.List(fields.Nested(TableOut))
    types = fields.List(fields.Nested(TypeCost), metadata={"description": "the most jobs first"})


class StorageOut(Schema):
    """What is kept, and what it costs."""

    at = fields.AwareDateTime()
    redis = fields.Nested(RedisCost)
    sql = fields.Nested(SqlCost)


class RoleOut(Schema):
    """A role."""

    role = fields.String()
    may = fields.String()


class RedactionExample(Schema):
    """A text and what is shown of it."""

    before = fields.String()
    after = fields.String()


class Redaction(Schema):
    """What is hidden in logs, errors, the API and exports."""

    names = fields.String(metadata={"description": "what is called so is hidden, a regular expression"})
    shapes = fields.List(fields.String(), metadata={"description": "what looks so is hidden, regular expressions"})
    examples = fields.List(fields.Nested(RedactionExample))


class AboutOut(Schema):
    """What runs here."""

    version = fields.String()
    python = fields.String()
    redis = fields.String(metadata={"description": "name and version of the server"})
    sql = fields.String(metadata={"description": "sqlite or postgresql"})
    environment = fields.String()
    embedded = fields.Boolean(metadata={"description": "the server is our own"})
    roles = fields.List(fields.Nested(RoleOut))
    redaction = fields.Nested(Redaction)


class SettingOut(Schema):
    """A setting."""

    section = fields.String()
    name = fields.String(metadata={"description": "of its environment variable"})
    value = fields.String()
    changed = fields.Boolean(metadata={"description": "is not the default"})
    about = fields.String()


class SettingList(Schema):
    """All settings."""

    settings = fields.List(fields.Nested(SettingOut))
