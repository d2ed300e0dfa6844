"""The one list of all errors: a code (a word) with one Chinese and one English sentence, and the HTTP status it travels with."""

from __future__ import annotations

from typing import Any

# Sorted by area. The status is that of a whole request; outcomes of single mutations carry only the words.
PROBLEMS: dict[str, tuple[int, str, str]] = {
    # sync: outcomes of mutations
    "append_only": (422, "这条记录只能追加，不能修改。", "This record can only be added to, not changed."),
    "forbidden": (403, "您没有权限修改这条记录。", "You may not change this record."),
    "id_reuse": (
        409,
        "这台手机的编号已被另一台使用，内容已保留待核对。",
        "Another phone used this number; the content is kept for checking.",
    ),
    "illegal_transition": (
        409,
        "当前状态不能进行这一步，内容已作为备注保留。",
        "This step is not possible now; it was kept as a comment.",
    ),
    "internal_error": (
        500,
        "系统处理出错，内容已保留，工作人员会查看。",
        "Something failed on our side; the content is kept and will be looked at.",
    ),
    "invalid_value": (
        422,
        "有一项内容格式不对或太长，内容已保留。",
        "One value is malformed or too long; the content is kept.",
    ),
    "missing_field": (422, "缺少必填内容，请补充。", "Something required is missing; please add it."),
    "missing_parent": (
        422,
        "找不到所属的走访对象或诉求，内容已保留。",
        "The place or request it belongs to was not found; the content is kept.",
    ),
    "not_deletable": (422, "这类记录不能删除，只能撤回。", "Records of this kind are withdrawn, not deleted."),
    "not_your_record": (403, "只能修改本人的设置。", "You can change only your own setting."),
    "not_your_visit": (403, "只能登记本人参加的走访。", "You can record only visits you took part in."),
    "quarantined": (
        403,
        "您的账号已停用，内容已交负责人核对。",
        "Your account was closed; the content was handed to your leader.",
    ),
    "scope_lost": (
        403,
        "该走访对象已转给其他服务队，内容已交负责人处理。",
        "This place has moved to another team; the content went to the leaders.",
    ),
    "server_only": (422, "这一项由系统填写，不能修改。", "This value is set by the system."),
    "unknown_collection": (
        422,
        "本系统不认识这类记录，内容已保留，请更新应用。",
        "This kind of record is not known; the content is kept. Please update the app.",
    ),
    "unknown_field": (
        422,
        "本系统不认识其中一项，内容已保留，请更新应用。",
        "One field is not known; the content is kept. Please update the app.",
    ),
    "unknown_record": (
        404,
        "要修改的记录不存在，内容已保留。",
        "The record to change does not exist; the content is kept.",
    ),
    "unreadable": (422, "这条记录无法读取，内容已保留。", "This record could not be read; the content is kept."),
    # sync: whole batches
    "gap": (409, "有记录缺失，将从缺失处重新发送。", "A record is missing; sending starts again from there."),
    "malformed": (400, "提交的内容无法读取。", "What was sent could not be read."),
    "too_large": (413, "一次提交的内容过多，将分批发送。", "Too much at once; it will be sent in parts."),
    "busy": (
        503,
        "系统繁忙，稍后自动重试，记录都在手机里。",
        "The server is busy; it will be tried again. Everything is kept on the phone.",
    ),
    # sessions and devices
    "code_invalid": (
        403,
        "登记码无效或已过期，请向队长重新索取。",
        "The code is wrong or has expired; ask your leader for a new one.",
    ),
    "device_revoked": (403, "这台手机已被停用。", "This phone has been revoked."),
    "not_allowed": (403, "您没有权限进行此操作。", "You are not allowed to do this."),
    "password_common": (
        422,
        "这个密码太常见，容易被猜到，请换一个。",
        "This password is too common and easily guessed; choose another one.",
    ),
    "password_length": (
        422,
        "密码应为8到128个字符，可以粘贴。",
        "A password has 8 to 128 characters; pasting is fine.",
    ),
    "password_wrong": (403, "账号或密码不正确。", "The login or the password is wrong."),
    "push_needs_phone": (
        409,
        "消息提醒只能在已登记的手机上开启。",
        "Reminders can be switched on only on an enrolled phone.",
    ),
    "push_subscription_wrong": (
        422,
        "浏览器给出的推送信息无效，未能开启消息提醒。",
        "The browser's push subscription is not valid; reminders were not switched on.",
    ),
    "reconfirm": (403, "请再次输入密码后继续。", "Enter your password again to go on."),
    "session_expired": (
        401,
        "登录已过期，数据仍在本机，请重新登录。",
        "The session has expired; your data is still on this phone. Sign in again.",
    ),
    "totp_wrong": (
        403,
        "六位数字不对或已过期，请照着验证器再输入一次；超过十分钟请返回重新开始。",
        "The six digits are wrong or too old; type them again, or begin anew after ten minutes.",
    ),
    "too_many_tries": (429, "尝试次数过多，请稍后再试。", "Too many tries; wait a little."),
    "csrf": (403, "页面已过期，请刷新后重试。", "The page has expired; reload it and try again."),
    # imports and exports
    "export_too_wide": (
        422,
        "一次最多导出两年，请缩短时间范围。",
        "An export covers two years at most; shorten the period.",
    ),
    "export_reason_needed": (422, "导出未脱敏的内容须填写用途。", "Give the purpose of an unmasked export."),
    "import_changed_meanwhile": (
        409,
        "检查之后数据有了变化，没有导入任何内容，请重新上传。",
        "Things have changed since the check; nothing was imported. Upload the file again.",
    ),
    "import_expired": (404, "这次上传已过期，请重新上传。", "This upload has expired; upload the file again."),
    "import_file_missing": (
        400,
        "没有收到文件，请选择一个 xlsx 或 csv 文件。",
        "No file came; choose an xlsx or csv file.",
    ),
    "import_has_errors": (409, "表里还有错误，没有导入任何内容。", "The file still has errors; nothing was imported."),
    "import_no_header": (
        422,
        "没有找到表头，请检查列名，或下载模板填写。",
        "No header was found; check the names of the columns or use the template.",
    ),
    "import_old_format": (
        415,
        "这是旧版 .xls 或加了密码的文件，请另存为不加密的 .xlsx 后再导入。",
        "This is an old .xls or an encrypted file; save it as a plain .xlsx.",
    ),
    "import_too_large": (
        413,
        "文件过大：不超过 20 MB、10万行，解压后不超过 250 MB。",
        "The file is too large: at most 20 MB, 100,000 rows and 250 MB unpacked.",
    ),
    "import_unknown_kind": (404, "没有这种导入。", "There is no such kind of import."),
    "import_unreadable": (
        422,
        "文件无法读取，可能已损坏，或不是 xlsx、csv 文件。",
        "The file cannot be read; it may be damaged, or is neither xlsx nor csv.",
    ),
    # bodies and files
    "body_too_large": (413, "提交的内容过大，最多 1 MB。", "Too much at once; at most 1 MB."),
    "bad_request": (400, "提交的内容有误。", "What was sent is not right."),
    "not_found": (404, "没有找到。", "Not found."),
    "method_not_allowed": (405, "不支持这种操作。", "This method is not allowed here."),
    "photo_hash": (
        422,
        "照片内容与编号不符，请重新拍摄或选择。",
        "The photo does not match its name; take or choose it again.",
    ),
    "photo_not_picture": (
        422,
        "这个文件不是可识别的照片（JPEG、PNG、WebP）。",
        "This file is not a picture we can read (JPEG, PNG, WebP).",
    ),
    "photo_too_large": (
        413,
        "照片过大：每张不超过 8 MB、4000 万像素。",
        "The photo is too large: at most 8 MB and 40 megapixels.",
    ),
    "unsupported_media_type": (415, "不支持这种格式。", "This format is not supported."),
    "server_error": (
        500,
        "系统出错，请稍后再试。您的内容没有丢失。",
        "Something failed on our side; try again later. Nothing was lost.",
    ),
    # residents' pages
    "code_revoked": (
        410,
        "这个二维码已停用，请向走访干部或社区换取新的联系卡。",
        "This code is no longer in use; ask the visiting cadre or the community for a new card.",
    ),
    "code_unknown": (
        404,
        "这不是本系统的二维码，请核对后再扫。如是上门人员出示的，请勿透露个人信息。",
        "This code is not one of ours. If a visitor showed it to you, do not give any personal details.",
    ),
    "contact_missing": (422, "请填写新的电话号码。", "Enter the new phone number."),
    "cookies_needed": (
        403,
        "浏览器未允许保存 Cookie，无法提交。您填写的内容仍在下方；也可以直接拨打12345。",
        "Your browser does not keep cookies, so nothing can be sent. What you typed is kept below; you can also call 12345.",
    ),
    "filing_category_unknown": (422, "请从列表中选择类别，或者不选。", "Choose a category from the list, or none."),
    "filing_text_missing": (422, "请写一句话，说明您要反映的问题。", "Write one sentence about what is wrong."),
    "filing_text_too_long": (
        422,
        "内容最多 4000 字，请删减后再提交。",
        "At most 4,000 characters; please shorten the text.",
    ),
    "filing_too_many_photos": (422, "照片最多 4 张，已保留前 4 张。", "At most four photos; the first four are kept."),
    "form_too_large": (
        413,
        "内容过大：文字最多 4000 字，照片最多 4 张、每张不超过 8 MB。",
        "Too large: at most 4,000 characters, and four photos of 8 MB each.",
    ),
    "own_data_closed": (
        403,
        "这件诉求的详细内容不能凭查询码查看，请拨打12345办理。",
        "The details of this request cannot be shown by its code; please call 12345.",
    ),
    "page_expired": (
        403,
        "页面打开时间过长，您填写的内容仍在下方，请再提交一次。",
        "The page was open too long; what you typed is kept below. Please send it again.",
    ),
    "phone_tail_needed": (
        403,
        "请先输入登记时所留电话的后四位。",
        "First enter the last four digits of the phone number that was given.",
    ),
    "phone_tail_wrong": (
        422,
        "电话后四位不对，请核对后重新输入。",
        "The last four digits are not right; check them and try again.",
    ),
    "phone_wrong": (
        422,
        "电话号码不对：手机号为 11 位，固定电话请加区号；也可以不填。",
        "This phone number is not right: mobile numbers have 11 digits, landlines an area code. You can also leave it empty.",
    ),
    "rating_done": (
        409,
        "您已评价过，每件诉求只评价一次。感谢您！",
        "You have already rated this; each request is rated once. Thank you!",
    ),
    "rating_missing": (422, "请选择一项评价。", "Choose one of the five words."),
    "rating_nothing": (409, "现在还没有可以评价的办理结果。", "There is no answer to rate yet."),
    "rating_too_early": (
        409,
        "答复满24小时后才能评价，请到时再来。",
        "The rating opens 24 hours after the answer; please come back then.",
    ),
    "reason_missing": (422, "请写一句话，说明哪里还没解决。", "Write one sentence about what is still not solved."),
    "reason_too_long": (422, "内容最多 400 字，请删减后再提交。", "At most 400 characters; please shorten the text."),
    "staff_phone": (
        403,
        "这台手机登录着工作人员账号。请群众用自己的手机办理，谁都不能代替群众评价。",
        "Staff are signed in on this phone. Please use your own phone: nobody may speak for a resident.",
    ),
    "step_not_now": (
        409,
        "这件诉求刚刚有了新进展，请看过最新情况后再操作。",
        "The request has just moved on; look at the latest step first.",
    ),
    "tracking_mistyped": (
        422,
        "查询码不对，可能抄错了一位，请对照卡片或照片再看一遍。",
        "This tracking code is not right: one sign may be miscopied. Compare it with the card or the photo.",
    ),
    "tracking_unknown": (
        404,
        "没有查到这个查询码，请核对；如果刚由干部代为登记，请稍后再查。",
        "No request has this code. Check it; if a cadre has just written it down for you, try again a little later.",
    ),
    # leaders and the task force
    "already_signed": (
        409,
        "这一天已经签阅，不能重复签阅。",
        "This day has already been signed off.",
    ),
    "changed_meanwhile": (
        409,
        "这件诉求刚刚有了新进展，请看过最新情况后再操作。",
        "This request has just changed; look at the latest step first.",
    ),
    "own_team_call": (
        403,
        "本队走访的群众由其他人员回访。",
        "Residents visited by your own team are called by somebody else.",
    ),
    "reception_empty": (
        422,
        "请写明来访群众反映的问题。",
        "Write down what the visitor has raised.",
    ),
    "reception_unsettled": (
        409,
        "还没有解决或说明，不能登记群众签字认可。",
        "Nothing has been solved or explained yet, so the resident cannot have signed.",
    ),
    "units_missing": (
        422,
        "请填写要呼叫的部门。",
        "Name the departments that are called.",
    ),
    "request_ended": (
        409,
        "这件诉求已经办结，不能再进行这项操作。",
        "This request has ended; this is not possible any more.",
    ),
    "project_open": (
        409,
        "项目中还有诉求没有得到群众认可，不能结项。",
        "Some requests of this project are not yet settled with the residents.",
    ),
    # forwarding to platforms
    "not_waiting": (
        409,
        "这件上报已不在异常清单中，请刷新后再看。",
        "This forwarding is no longer on the list; reload it.",
    ),
    "number_taken": (409, "这个工单编号已登记在另一件诉求上，请核对。", "Another request already has this number."),
    "number_wrong": (
        422,
        "请填写平台工单编号，不超过 64 个字符。",
        "Enter the platform's number, at most 64 characters.",
    ),
    "unknown_target": (422, "没有这个上报渠道，或它已停用。", "There is no such route, or it is switched off."),
    "webhook_malformed": (400, "消息内容无法读取。", "The message could not be read."),
    "webhook_signature": (401, "消息签名不正确。", "The message's signature is wrong."),
    "webhook_stale": (400, "消息的时间与本机相差超过五分钟。", "The message's time is more than five minutes off."),
    # the complaint platform: GeoReport
    "desk_attribute_missing": (400, "缺少该类诉求必填的附加信息。", "An attribute this service requires is missing."),
    "desk_body_not_form": (
        400,
        "请以表单格式（application/x-www-form-urlencoded）提交。",
        "Post a form (application/x-www-form-urlencoded).",
    ),
    "desk_body_too_large": (
        413,
        "提交内容过大：文字不超过 256 KB，照片每张不超过 8 MB、最多 5 张。",
        "Too large: at most 256 KB of text and five photos of 8 MB each.",
    ),
    "desk_description_too_long": (400, "诉求内容不能超过 4000 字。", "The description is limited to 4,000 characters."),
    "desk_half_location": (400, "经度和纬度必须同时提供。", "Send lat and long together."),
    "desk_key_missing": (403, "缺少接口密钥（api_key）。", "An api_key is required."),
    "desk_key_wrong": (403, "接口密钥（api_key）无效。", "The api_key is not valid."),
    "desk_no_location": (
        400,
        "缺少位置：请提供经纬度、地址或地址编号。",
        "A location is required: lat and long, address_string or address_id.",
    ),
    "desk_not_yours": (403, "只有原上报方可以更新此件。", "Only the client that posted a request may update it."),
    "desk_reference_reused": (
        409,
        "同一编号已用于另一份内容，未重复受理。",
        "This reference was already used with another body; nothing was taken in.",
    ),
    "desk_request_id_missing": (400, "缺少工单编号（service_request_id）。", "A service_request_id is required."),
    "desk_service_missing": (400, "缺少诉求类别（service_code）。", "A service_code is required."),
    "desk_span_too_long": (400, "查询时间跨度不能超过 90 天。", "The dates may not span more than 90 days."),
    "desk_unknown_request": (404, "没有这个工单编号。", "There is no such service_request_id."),
    "desk_unknown_resource": (404, "没有这个接口。", "There is no such resource."),
    "desk_unknown_service": (404, "没有这个诉求类别（service_code）。", "There is no such service_code."),
    "desk_unknown_token": (404, "没有这个令牌（token）。", "There is no such token."),
    "desk_value_too_long": (
        400,
        "有一项内容过长，或附加信息过多。",
        "One value is too long, or there are too many attributes.",
    ),
    "desk_wrong_attribute": (
        400,
        "附加信息的取值不符合该类诉求的要求。",
        "An attribute does not fit the service definition.",
    ),
    "desk_wrong_location": (400, "经纬度不是有效的数值。", "One of lat and long is not a valid number."),
    "desk_wrong_page": (400, "页码从 1 开始，每页 1 至 1000 条。", "Pages start at 1; page_size is 1 to 1,000."),
    "desk_wrong_status": (400, "状态只能是 open 或 closed。", "The status is open or closed."),
    "desk_wrong_time": (
        400,
        "时间须为带时区的 ISO 8601 格式，如 2026-11-22T08:00:00+08:00。",
        "Times are ISO 8601 with a zone, such as 2026-11-22T08:00:00+08:00.",
    ),
    "desk_wrong_url": (400, "media_url 必须是 http 或 https 地址。", "The media_url must be an http or https address."),
    # the complaint platform: the units' pages
    "desk_changed_meanwhile": (
        409,
        "此件刚刚被更新，您填写的内容仍在下方，请看过最新情况后再提交。",
        "This request has just changed; what you typed is kept below. Look at the latest step, then send again.",
    ),
    "desk_field_missing": (400, "请填写必填项。", "Please fill in what is required."),
    "desk_illegal_step": (409, "此件当前状态不能进行这一步。", "This step is not possible in the present state."),
    "desk_not_signed_in": (401, "请先登录。", "Please sign in first."),
    "desk_text_too_long": (400, "文字不能超过 4000 字。", "The text is limited to 4,000 characters."),
    "desk_too_many_photos": (400, "照片最多 5 张。", "At most five photos."),
    "desk_wrong_term": (
        400,
        "延期日期须晚于现有期限，且不超过 180 天。",
        "The new date must be after the present one and within 180 days.",
    ),
    "desk_wrong_unit": (
        400,
        "请选择有效的承办单位，协办单位最多 8 个。",
        "Choose existing units; at most eight co-operate.",
    ),
}


class Problem(Exception):
    """Raised anywhere below a request; becomes JSON or a page. `detail` may name a field or a limit, never personal data."""

    def __init__(
        self, code: str, detail: str | None = None, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, self.zh, self.en = PROBLEMS[code]
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        """The body of an error reply."""
        body: dict[str, Any] = {"error": self.code, "zh": self.zh, "en": self.en, **self.extra}
        if self.detail:
            body["detail"] = self.detail
        return body


def sentences(code: str) -> tuple[str, str]:
    """The Chinese and the English sentence of a code; unknown ones are said to be unknown, never raised."""
    _, zh, en = PROBLEMS.get(code, PROBLEMS["server_error"])
    return zh, en
