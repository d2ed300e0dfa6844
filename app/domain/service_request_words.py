"""What people read about a service request's life: statuses, buttons, the resident's page, refusals."""

from typing import NamedTuple

from app.domain.words import Words


class StepWords(NamedTuple):
    """A step's button for officials, and what the resident's page says after it."""

    button: Words
    public: Words


# In the order of an ordinary life, as the funnel on the Friday board shows it.
STATUSES: dict[str, Words] = {
    "recorded": Words("已记录", "Recorded"),
    "solved_on_spot": Words("当场解决", "Solved on the spot"),
    "explained": Words("解释说明", "Explained"),
    "own_unit": Words("本单位办理", "Handled by own unit"),
    "to_be_forwarded": Words("待上报", "To be forwarded"),
    "queued": Words("排队上报", "Queued"),
    "submitted": Words("已上报", "Submitted"),
    "accepted": Words("已受理", "Accepted"),
    "dispatched": Words("已转办", "Dispatched"),
    "in_progress": Words("办理中", "In progress"),
    "returned": Words("退单", "Returned"),
    "extended": Words("延期", "Extended"),
    "answered": Words("已反馈", "Answered"),
    "agreed": Words("群众认可", "Resident agrees"),
    "closed": Words("销号", "Closed"),
    "reopened": Words("重办", "Reopened"),
    "merged": Words("并单", "Merged"),
    "not_accepted": Words("不予受理", "Not accepted"),
    "withdrawn": Words("撤回", "Withdrawn"),
    "archived": Words("归档", "Archived"),
}

HANDLINGS: dict[str, Words] = {
    "on_the_spot": Words("当场解决", "Solved on the spot"),
    "explain": Words("解释说明", "Explain"),
    "own_unit": Words("本单位办理", "Own unit handles it"),
    "forward": Words("上报", "Forward"),
}

NEEDS: dict[str, Words] = {
    "reason": Words("原因", "Reason"),
    "text": Words("给群众的答复", "Answer for the resident"),
    "resident_agreement": Words("群众本人认可", "The resident's own agreement"),
    "three_attempts_and_signature": Words(
        "三次联系记录和负责人签字", "Three recorded attempts to reach the resident and a leader's signature"
    ),
    "platform_number": Words("平台工单编号", "The platform's number"),
    "other_request": Words("并入的诉求", "The request it is merged into"),
}

_REACHED = Words("您的诉求已上报受理平台。", "Your request has reached the platform.")
_ANSWERED = Words("已有办理结果，请您评价是否认可。", "There is an answer: please say whether you agree with it.")
_REOPENED = Words("您的诉求正在重新办理。", "Your request has been taken up again.")

STEP_WORDS: dict[str, StepWords] = {
    "record": StepWords(
        Words("登记", "Record"),
        Words("您反映的问题已登记。", "Your request has been recorded."),
    ),
    "solve_on_spot": StepWords(
        Words("当场解决", "Solved on the spot"),
        Words("工作人员已当场处理。", "The matter was dealt with on the spot."),
    ),
    "explain": StepWords(
        Words("解释说明", "Explain"),
        Words("工作人员已就有关情况作了说明。", "The situation has been explained to you."),
    ),
    "take_on": StepWords(
        Words("本单位办理", "Own unit handles it"),
        Words("由走访干部所在单位办理。", "The visiting cadre's own unit is handling it."),
    ),
    "send_up": StepWords(
        Words("上报", "Forward"),
        Words("您的诉求将上报有关平台。", "Your request will be forwarded."),
    ),
    "queue": StepWords(
        Words("提交上报", "Send it now"),
        Words("您的诉求正在上报。", "Your request is on its way."),
    ),
    "submit": StepWords(Words("已上报", "Submitted"), _REACHED),
    "submit_by_hand": StepWords(Words("已人工上报", "Forwarded by hand"), _REACHED),
    "accept": StepWords(
        Words("受理", "Accept"),
        Words("您的诉求已受理。", "Your request has been accepted."),
    ),
    "dispatch": StepWords(
        Words("转办", "Dispatch"),
        Words("您的诉求已转交承办单位。", "Your request has been passed to the unit in charge."),
    ),
    "start": StepWords(
        Words("开始办理", "Start"),
        Words("承办单位正在办理。", "The unit in charge is working on it."),
    ),
    "return": StepWords(
        Words("退单", "Return"),
        Words("承办单位退回，正在重新确定承办单位。", "The unit sent it back; another one is being found."),
    ),
    "extend": StepWords(
        Words("同意延期", "Approve more time"),
        Words("经批准延期办理，对您的答复时限不变。", "More time was approved; the date promised to you stands."),
    ),
    "answer": StepWords(Words("答复", "Answer"), _ANSWERED),
    "answer_own": StepWords(Words("答复", "Answer"), _ANSWERED),
    "agree": StepWords(
        Words("群众认可", "Resident agrees"),
        Words("您已认可办理结果。", "You agreed with the result."),
    ),
    "close": StepWords(
        Words("销号", "Close"),
        Words("诉求已办结。", "The request is closed."),
    ),
    "close_unreached": StepWords(
        Words("联系不上，签字销号", "Close: could not be reached"),
        Words(
            "多次未能与您取得联系，已先行办结；如有异议，可随时申请重办。",
            "We could not reach you and closed the request; you can have it reopened at any time.",
        ),
    ),
    "reopen": StepWords(Words("未解决，重办", "Not solved: reopen"), _REOPENED),
    "resume": StepWords(Words("重新办理", "Take up again"), _REOPENED),
    "merge": StepWords(
        Words("并单", "Merge"),
        Words("与同一问题合并办理。", "It is handled together with the same problem."),
    ),
    "refuse": StepWords(
        Words("不予受理", "Do not accept"),
        Words(
            "不属于受理范围，原因见说明；如有异议，可申请重办。",
            "It was not accepted, for the reason given; you can have it reopened.",
        ),
    ),
    "withdraw": StepWords(
        Words("撤回", "Withdraw"),
        Words("您已撤回诉求。", "You withdrew your request."),
    ),
    "retract": StepWords(
        Words("误录撤回", "Recorded by mistake"),
        Words("登记有误，已撤回。", "It was recorded by mistake and withdrawn."),
    ),
    "withdraw_for_resident": StepWords(
        Words("应群众要求撤回", "Withdraw for the resident"),
        Words("应您的要求，已撤回诉求。", "Your request was withdrawn as you asked."),
    ),
    "archive": StepWords(
        Words("归档", "Archive"),
        Words("诉求已归档。", "The request is archived."),
    ),
}

REFUSALS: dict[str, Words] = {
    "unknown_status": Words("无法识别的办理状态。", "This status is not known."),
    "illegal_transition": Words("当前状态不能进行这一步。", "This step is not possible in the present status."),
    "not_for_this_role": Words("您的身份不能进行这一步。", "Your role may not take this step."),
    "missing_reason": Words("请先填写原因。", "Give the reason first."),
    "missing_text": Words("请先填写给群众的答复。", "Write the answer for the resident first."),
    "missing_resident_agreement": Words(
        "须经群众本人认可，未回复不算满意。",
        "The resident must agree; silence does not count as satisfied.",
    ),
    "missing_three_attempts_and_signature": Words(
        "联系不上群众时，须有三次联系记录并由负责人签字才能销号。",
        "Without the resident's word, closing needs three recorded attempts and a leader's signature.",
    ),
    "missing_platform_number": Words("请先填写平台工单编号。", "Enter the platform's number first."),
    "missing_other_request": Words("请先选择并入的诉求。", "Choose the request it is merged into first."),
    "wrong_other_request": Words(
        "不能并入这件诉求：须是另一件未撤回、未拒绝的诉求，且保密件只能与保密件合并。",
        "It cannot be merged into that one: it must be another request, not withdrawn or refused, and confidential reports "
        "stay among themselves.",
    ),
    "already_forwarded": Words("本次诉求已上报，不能重复上报。", "This request has already been forwarded this time."),
}
