"""DOC, WPS, RTF, ODT and Word XML by way of LibreOffice: converted to DOCX in a profile of its own, macros off.

LibreOffice stays in the process group of the worker, which kills the whole group when it is done or late.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from storage.reading.archive import parse_xml
from storage.reading.document import Document
from storage.reading.docx import read_docx
from storage.reading.errors import Damaged, Exhausted, Unavailable

SECONDS = 60.0
MEMORY = 4 * 1024 * 1024 * 1024
"""Bytes of address space for LibreOffice; most of it is reserved, not used."""
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetProxyType"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyName"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPProxyPort"><value>9</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPSProxyName"><value>127.0.0.1</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetHTTPSProxyPort"><value>9</value></prop></item>
</oor:items>
"""  # noqa: E501  (one setting per line)


def read_office(content: bytes, *, name: str | None = None, url: str | None = None) -> Document:
    """Read an old or foreign text document.

    Raises:
        Unavailable: LibreOffice is not installed here.
        Exhausted: the conversion took too long.
        Damaged: LibreOffice cannot open it.
    """
    return read_docx(convert(content), name=name, url=url)


def convert(content: bytes) -> bytes:
    """The document as DOCX.

    Raises:
        Unavailable: LibreOffice is not installed here.
        Exhausted: the conversion took too long.
        Damaged: LibreOffice cannot open it.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise Unavailable(
            "服务器没有安装LibreOffice，无法读取DOC、WPS、RTF和ODT文件。请用Word或WPS另存为DOCX后再上传。"
        )
    with tempfile.TemporaryDirectory(prefix="gongkai-office-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        suffix = _suffix(content)
        if suffix == ".xml":
            parse_xml(content)
        source = home / f"report{suffix}"
        source.write_bytes(content)
        (home / "profile/user").mkdir(parents=True)
        (home / "profile/user/registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        _run(
            [
                program,
                f"-env:UserInstallation={(home / 'profile').as_uri()}",
                "--headless",
                "--norestore",
                "--nologo",
                "--nolockcheck",
                "--convert-to",
                "docx:MS Word 2007 XML",
                "--outdir",
                str(home / "out"),
                str(source),
            ],
            home,
        )
        result = home / "out/report.docx"
        if not result.is_file():
            raise Damaged("文件已损坏或加了密码，LibreOffice无法打开。请用Word或WPS另存为DOCX后再上传。")
        return result.read_bytes()


def _suffix(content: bytes) -> str:
    """The name extension that tells LibreOffice which filters to try."""
    if content.startswith(b"{\\rtf"):
        return ".rtf"
    if content.startswith(b"PK"):
        return ".odt"
    return ".xml" if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else ".doc"


def _run(command: list[str], home: Path) -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    process = subprocess.Popen(  # noqa: S603  (our own arguments only; the file's name is ours too)
        command,
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_limit,
    )
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise Exhausted(f"LibreOffice转换超过{SECONDS:g}秒，已停止。请用Word或WPS另存为DOCX后再上传。") from None
    finally:
        process.kill()
        process.wait()


def _limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
