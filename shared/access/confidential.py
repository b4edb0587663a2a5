"""Confidential records that an administrator opened: for a while, for a reason, and recorded."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid

from shared.events import KERNEL

OPENED = Table(
    "confidential_access",
    KERNEL,
    Column("record_id", Uuid, primary_key=True),
    Column("opened_by", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
