"""Why a delivery waits for a person, in words: one Chinese and one English sentence for each reason and each technical cause."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str]] = {
    "no_target": (
        "尚未设置上报平台，请联系管理员。",
        "No platform is set up for forwarding; ask an administrator.",
    ),
    "unmapped_category": (
        "该类别在上报平台没有对应事项，请选择对应事项后重新上报。",
        "The platform has no service for this category: choose one, then forward again.",
    ),
    "no_location": (
        "缺少地址和位置，平台无法受理，请补充地址后重新上报。",
        "Neither address nor position is known, which the platform needs: add the address, then forward again.",
    ),
    "rejected": (
        "平台拒收，请查看平台的说明，修改后重新上报。",
        "The platform refused it: read what it says, correct it and forward again.",
    ),
    "unreachable": (
        "多次连接不上平台，诉求没有发出，请稍后重试或改走其他渠道。",
        "The platform could not be reached; nothing was sent. Try again later or take another route.",
    ),
    "target_blocked": (
        "平台已暂停接收或长时间无响应，诉求没有发出，请改走其他渠道或联系管理员。",
        "The platform is paused or silent; nothing was sent. Take another route or ask an administrator.",
    ),
    "unconfirmed": (
        "已发出，但平台没有明确回应，也查不到。请向平台核实是否收到，再决定是否重报，以免重复。",
        "It was sent, but the platform neither confirmed it nor shows it: ask the platform before sending it again.",
    ),
    "unsearchable": (
        "已发出，但平台没有明确回应，之后一直无法查询。请向平台核实是否收到。",
        "It was sent without a clear answer, and the platform cannot be searched: ask whether it has arrived.",
    ),
    "no_number": (
        "平台已收下，但一直没有给出工单编号。请向平台查询编号并登记，不要重复上报。",
        "The platform took it but gave no number: ask for the number and enter it; do not send it again.",
    ),
    "duplicate": (
        "平台称已有同一诉求，但查不到是哪一件。请向平台查询编号并登记。",
        "The platform says it has this request already, but which one cannot be found: ask for its number and enter it.",
    ),
    "throttled": (
        "平台限制上报数量，诉求暂未上报成功，请稍后重试。",
        "The platform limits how much may be sent; try again later.",
    ),
    "several": (
        "平台上有不止一份，本系统采用最早的一份，请通知平台并单。",
        "The platform has more than one copy; we follow the oldest. Ask the platform to merge them.",
    ),
    "missing_at_platform": (
        "已上报，但平台上现在查不到这件工单，请向平台核实。",
        "It was forwarded, but the platform no longer shows it: ask the platform.",
    ),
}

CAUSES: dict[str, tuple[str, str]] = {
    "dns": ("找不到平台的网络地址", "the platform's host name is unknown"),
    "refused": ("平台拒绝连接", "the connection was refused"),
    "connect_timeout": ("连接平台超时", "connecting took too long"),
    "tls": ("平台的安全证书有问题", "the platform's certificate is not valid"),
    "blocked_address": ("平台地址不在允许范围内", "the platform's address is not allowed"),
    "bad_url": ("平台地址填写有误", "the platform's address is malformed"),
    "bad_key": ("平台密钥填写有误", "the key set for the platform is malformed"),
    "stale": ("本机停顿过久，为免重复未发送", "this machine stood still; not sent, to be safe"),
    "read_timeout": ("等待平台回应超时", "the platform did not answer in time"),
    "dropped": ("连接中断", "the connection broke off"),
    "bad_reply": ("平台的回应无法解读", "the answer could not be decoded"),
    "too_large": ("平台的回应过大", "the answer was too large"),
    "too_slow": ("平台回应过慢", "the answer came too slowly"),
    "redirect": ("平台要求转到别的地址", "the platform redirected us elsewhere"),
    "not_data": ("平台回应的不是数据", "the answer was no data"),
    "empty": ("平台的回应是空的", "the answer was empty"),
    "bad_number": ("平台给出的编号无效", "the number given is no number"),
    "errors_in_200": ("平台回应成功但内容是错误说明", "the answer said success and listed errors"),
    "killed": ("发送过程中本机程序中断", "our own program was interrupted while sending"),
    "disk": ("本机磁盘无法写入", "our disk could not be written"),
}

# Before the reason when it is the resident's agreement or withdrawal that did not get through.
ENDING_UNTOLD = (
    "群众认可或撤回的意见未能告知平台：",
    "That the resident agreed or withdrew could not be told to the platform: ",
)


def reason_words(reason: str | None, cause: str | None = None) -> tuple[str, str]:
    """The sentence for a reason; a known technical cause is added in brackets, and so is an HTTP status."""
    zh, en = REASONS.get(reason or "", ("等待处理。", "It waits to be looked at."))
    if cause and cause.startswith("http_"):
        said = (f"平台返回 {cause[5:]}", f"HTTP {cause[5:]}")
    else:
        said = CAUSES.get(cause or "", ("", ""))
    if not said[0]:
        return zh, en
    return f"{zh[:-1]}（{said[0]}）。", f"{en[:-1]} ({said[1]})."
