"""What every page answers with: security headers."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline and nothing from elsewhere: scripts and styles are files of this tree."""

SECURITY_HEADERS = CIMultiDict(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)


async def security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on a response: a signal, so that streams, refusals and failures have them too."""
    response.headers.update(SECURITY_HEADERS)
