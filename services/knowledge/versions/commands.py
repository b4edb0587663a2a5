"""Versions drafted, edited, approved and retired; always as part of a change of their item."""

from collections.abc import Mapping
from typing import Any

from services.knowledge.models import KnowledgeItem, Version
from services.knowledge.versions.rules import CONTENT, HEADLINE, LONG
from shared import clock
from shared.contracts import FieldChange
from shared.unit_of_work import Work


def draft(work: Work, item: KnowledgeItem, number: int, content: Mapping[str, Any]) -> None:
    """Create a draft of an item with this content."""
    item.draft_version, item.draft_state = number, "draft"
    version = Version(ki_id=item.id, number=number, ki_type=item.ki_type, authors=[work.actor.id], **content)
    work.insert(version)


def edit(work: Work, item: KnowledgeItem, base: Version, new: Mapping[str, Any]) -> list[FieldChange]:
    """Write these fields in the draft `base`; when `base` is the current version, create a draft of the next one."""
    before = {name: getattr(base, name) for name in CONTENT}
    if base.number != item.draft_version:
        draft(work, item, base.number + 1, {**before, **new})
    else:
        for name, value in new.items():
            setattr(base, name, value)
        if work.actor.id not in base.authors:
            base.authors = [*base.authors, work.actor.id]
        if item.current_version is None:
            show(item, base)
    changes = {name: (None, None) if name in LONG else (before[name], value) for name, value in new.items()}
    return [{"field": name, "from": old, "to": value} for name, (old, value) in changes.items()]


def approve(work: Work, item: KnowledgeItem, version: Version, before: Version | None) -> None:
    """Make a draft the current version of its item, in place of `before`."""
    version.reviewed_by, version.current_at = work.actor.id, clock.now()
    item.current_version, item.current_at = version.number, version.current_at
    item.draft_version = item.draft_state = None
    show(item, version)
    retire(before, f"Version {version.number} took its place.")


def retire(version: Version | None, reason: str | None) -> None:
    """End a version, if there is one."""
    if version is not None:
        version.state, version.reason, version.retired_at = "retired", reason, clock.now()


def show(item: KnowledgeItem, version: Version) -> None:
    """Copy the headline fields of a version to its item."""
    for name in HEADLINE:
        setattr(item, name, getattr(version, name))
