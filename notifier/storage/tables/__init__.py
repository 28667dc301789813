"""The schema, table by table. Sealed columns end in ``_sealed``, blind indexes in ``_index``."""

from __future__ import annotations

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

from notifier.storage.tables.calendar import Court, Detainee, HearingRow, HearingVersion, Source
from notifier.storage.tables.journal import (
    Alarm,
    AuditEntry,
    ImportBatch,
    ImportRow,
    Meta,
    Pulse,
)
from notifier.storage.tables.outbox import Attempt, Message, MessageNotice, NoticeRow
from notifier.storage.tables.people import Assignment, Endpoint, Recipient, Representation


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model: statements are written against it, rows stay plain."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


metadata: MetaData = SQLModel.metadata

court = table_of(Court)
detainee = table_of(Detainee)
source = table_of(Source)
hearing = table_of(HearingRow)
hearing_version = table_of(HearingVersion)
recipient = table_of(Recipient)
endpoint = table_of(Endpoint)
representation = table_of(Representation)
assignment = table_of(Assignment)
notice = table_of(NoticeRow)
message = table_of(Message)
message_notice = table_of(MessageNotice)
attempt = table_of(Attempt)
import_batch = table_of(ImportBatch)
import_row = table_of(ImportRow)
audit_entry = table_of(AuditEntry)
alarm = table_of(Alarm)
pulse = table_of(Pulse)
meta = table_of(Meta)
