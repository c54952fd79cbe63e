"""Obligations (公开义务) and the publishing ledger (发布台账): what must be published, and what was."""
