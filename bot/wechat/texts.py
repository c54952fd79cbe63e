"""What the protocol itself has to say to a person; everything else is worded by the handlers."""

from __future__ import annotations

HOLDING_SENT = "正在为您查询，需要多等一会儿，结果稍后发给您。"
"""The answer is late and the account may send it by itself."""
HOLDING_ASK = "正在为您查询，需要多等一会儿。请稍后点 {link}，或回复任意内容，就能看到结果。"
"""The answer is late and waits for the person's next message."""
HOLDING_LABEL = "查看结果"
HOLDING_ID = "late"
"""bizmsgmenuid of the link in `HOLDING_ASK`."""
APOLOGY = "抱歉，刚才没能查到，请稍后再问一次。"
TOO_MANY = "您发得有点快，请过一分钟再问，谢谢！"
