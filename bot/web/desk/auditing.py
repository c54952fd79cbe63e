"""The audit log: who changed what, page by page, with the check of the chain and the export."""

from __future__ import annotations

from aiohttp import web

from bot.web.auth import Route
from bot.web.desk.common import desk, field, page_of, render
from bot.web.permissions import Action
from storage import audit

ACTIONS = {
    "staff.login": "登录",
    "staff.add": "新增人员",
    "staff.change": "修改人员资料",
    "staff.link": "发放登录链接",
    "staff.password": "设置密码",
    "staff.totp": "启用或停用动态验证码",
    "report.import": "载入年报",
    "report.publish": "发布年报",
    "report.rollback": "退回旧版",
    "report.withdraw": "撤下年报",
    "review.submit": "提交审核",
    "review.sign": "审核签字",
    "review.return": "退回",
    "review.comment": "写意见",
    "review.order": "定时发布",
    "review.cancel": "取消定时发布",
    "review.publish": "发布",
    "review.withdraw": "撤下",
    "review.discard": "作废草稿",
    "draft.discard": "作废草稿",
    "entry.draft": "写条目草稿",
    "entry.change": "改条目草稿",
    "entry.publish": "条目上线",
    "entry.withdraw": "条目撤下",
    "question.alias": "问法等同于",
    "question.answer": "写定答复",
    "question.dismissed": "问法不属于范围",
    "question.reopen": "撤回对问法的处理",
    "conversation.claim": "接待群众",
    "conversation.release": "会话放回队列",
    "conversation.reply": "在会话里回复",
    "conversation.close": "结束会话",
    "reply.rewrite": "修改回复",
    "reply.again": "再发一次回复",
    "phrase.add": "添加常用语",
    "phrase.remove": "删除常用语",
    "handover.settings": "修改人工服务设置",
    "person.export": "导出一个人的记录",
    "person.forget": "删除一个人的记录",
    "case.acknowledge": "督办：收到",
    "case.snooze": "督办：暂缓",
    "case.extend": "督办：延期",
    "case.resolve": "督办：办结",
    "case.reopen": "督办：重新打开",
    "obligation.import": "导入公开义务",
    "publication.enter": "登记发布信息",
    "source.add": "登记来源",
    "source.remove": "移除来源",
    "cell.keep": "核定：照原样",
    "cell.correct": "核定：更正",
    "cell.blank": "核定：原文空白",
    "figure.keep": "核定正文数字：照原样",
    "figure.correct": "核定正文数字：更正",
    "figure.drop": "核定正文数字：不用",
    "finding.confirm": "确认疑点",
    "version.reassign": "改单位或年度",
}
"""What the log calls an action, as staff read it; others are shown as stored."""


THINGS = {
    "staff": "人员",
    "report": "年报",
    "version": "版本",
    "agency": "机关",
    "person": "群众",
    "questions": "问法",
    "entry": "条目",
    "case": "督办",
    "source": "来源",
    "conversation": "会话",
    "reply": "回复",
    "phrase": "常用语",
    "handover": "人工服务",
    "settings": "设置",
}


def thing(subject: str) -> str:
    """人员 3 for `staff 3`."""
    return " ".join(THINGS.get(word, word) for word in subject.replace(":", " ").split(" "))


async def page(request: web.Request) -> web.StreamResponse:
    """The newest entries, or those before a number."""
    return await _page(request)


async def _page(request: web.Request, *, checked: str | None = None, known: audit.Head | None = None) -> web.Response:
    async with desk(request).database.read() as session:
        rows, more = await page_of(request, lambda before, limit: audit.entries(session, before=before, limit=limit))
        head = await audit.head(session)
    return render(
        request,
        "audit.html",
        rows=rows,
        more=more,
        head=head,
        actions=ACTIONS,
        thing=thing,
        checked=checked,
        known=known,
    )


async def verify(request: web.Request) -> web.StreamResponse:
    """Walk the chain and say whether it holds, against an earlier export where one is given."""
    given = await field(request, "known")
    known = audit.read_head(given) if given else None
    async with desk(request).database.read() as session:
        broken = await audit.verify(session, known=known)
    return await _page(request, checked=broken.reason if broken else "", known=known)


async def export(request: web.Request) -> web.StreamResponse:
    """The whole log as JSON lines, sent as it is read."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/x-ndjson; charset=utf-8",
            "Content-Disposition": 'attachment; filename="audit.jsonl"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    async with desk(request).database.read() as session:
        async for line in audit.export(session):
            await response.write(line.encode())
    await response.write_eof()
    return response


ROUTES = (
    Route("GET", "/audit", page, Action.AUDIT),
    Route("POST", "/audit/verify", verify, Action.AUDIT),
    Route("GET", "/audit/export", export, Action.AUDIT),
)
