"""What went wrong, in one sentence."""

from __future__ import annotations

_REASONS = {FileNotFoundError: "没有这个文件", IsADirectoryError: "这是文件夹", PermissionError: "没有读取权限"}


def sentence(error: Exception) -> str:
    """An error as people read it; that of a file does not name the file (`OSError.filename`)."""
    if isinstance(error, OSError) and error.filename:
        return f"{_REASONS.get(type(error), error.strerror)}。"
    return str(error)
