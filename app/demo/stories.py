"""What residents and enterprises of the demo say, and what becomes of it. All texts are our own.

A story's `fate` is a list of steps after the record was made; `history.py` plays them through the door at their times.
"""

from __future__ import annotations

from typing import NamedTuple

HOUR = 3_600_000
DAY = 24 * HOUR


class Turn(NamedTuple):
    """One step: the status it leads to, hours after the record was made, who takes it, and what it says."""

    status: str
    after_hours: float
    actor: str
    text: str = ""


class Story(NamedTuple):
    """One request: `weeks_ago` counts visit days back from the latest one (0); `unit` is the name of the lead unit."""

    weeks_ago: int
    category: str
    text: str
    handling: str | None
    way: str | None = None
    unit: str = ""
    fate: tuple[Turn, ...] = ()
    source: str = "cadre"
    confidential: bool = False
    urgent: bool = False
    co_units: tuple[str, ...] = ()
    kind: str = "household"


# Handling units (承办单位): real kinds of departments and companies, not real offices. (code, name, kind)
UNITS: tuple[tuple[str, str, str], ...] = (
    ("housing", "区住房和城乡建设局", "department"),
    ("urban", "区综合行政执法局", "department"),
    ("transport", "区交通运输局", "department"),
    ("civil", "区民政局", "department"),
    ("education", "区教育和体育局", "department"),
    ("health", "区卫生健康局", "department"),
    ("insurance", "区医疗保障局", "department"),
    ("labour", "区人力资源和社会保障局", "department"),
    ("market", "区市场监督管理局", "department"),
    ("industry", "区工业和信息化局", "department"),
    ("farming", "区农业农村局", "department"),
    ("finance", "区财政局", "department"),
    ("police", "公安分局", "department"),
    ("fire", "区消防救援大队", "department"),
    ("environment", "区生态环境分局", "department"),
    ("water_company", "供水公司", "company"),
    ("power_company", "供电公司", "company"),
    ("heating_company", "热力公司", "company"),
    ("gas_company", "燃气公司", "company"),
    ("property_a", "安居物业服务有限公司", "property"),
    ("property_b", "祥和物业服务有限公司", "property"),
    ("street", "街道办事处", "street"),
)

# Which unit the dispatch centre is offered first, by the top category.
UNIT_OF_CATEGORY = {
    "property": "property_a",
    "utilities": "water_company",
    "roads": "urban",
    "traffic": "transport",
    "environment": "environment",
    "housing": "housing",
    "education": "education",
    "health": "insurance",
    "social": "civil",
    "work": "labour",
    "rural": "farming",
    "business": "industry",
    "safety": "fire",
    "disputes": "street",
    "other": "street",
}


def _forwarded(unit_text: str, *, answered: bool = True, agreed: bool = True, closed: bool = True) -> tuple[Turn, ...]:
    turns = [
        Turn("submitted", 0.05, "system"),
        Turn("accepted", 2.0, "platform"),
        Turn("dispatched", 3.5, "platform"),
        Turn("in_progress", 20.0, "platform", "已到现场查看，正在安排处理。"),
    ]
    if answered:
        turns.append(Turn("answered", 66.0, "platform", unit_text))
    if answered and agreed:
        turns.append(Turn("agreed", 92.0, "resident", "认可"))
    if answered and agreed and closed:
        turns.append(Turn("closed", 93.0, "system"))
    return tuple(turns)


_ON_SPOT = (Turn("agreed", 26.0, "resident", "谢谢，当场就给办好了"), Turn("closed", 27.0, "system"))

STORIES: tuple[Story, ...] = (
    Story(
        3,
        "roads_lights",
        "小区东门到菜市场那段路灯坏了五六盏，晚上老人出门看不清。",
        "forward",
        "at_once",
        "区综合行政执法局",
        _forwarded("已更换损坏灯头6只，当晚全部亮灯。"),
    ),
    Story(
        3,
        "property_repair",
        "楼顶漏雨，顶层客厅墙皮都掉了，物业说要等。",
        "forward",
        "proactive",
        "安居物业服务有限公司",
        _forwarded("已对屋面防水进行维修，雨后回访不再渗漏。"),
    ),
    Story(3, "social_elderly", "老人腿脚不方便，养老金资格认证不会用手机。", "on_the_spot", "at_once", fate=_ON_SPOT),
    Story(
        3,
        "utilities_heating",
        "去年冬天家里只有14度，今年供暖前能不能把管道清洗一下？",
        "forward",
        "proactive",
        "热力公司",
        _forwarded("已清洗入户支管并更换阀门，供暖后上门测温达标。"),
    ),
    Story(
        3,
        "housing_certificate",
        "房子住了八年还没办下不动产权证。",
        "explain",
        "in_public",
        fate=(Turn("agreed", 30.0, "resident", "说清楚了，等通知"),),
    ),
    Story(
        3,
        "business_finance",
        "接了大订单，流动资金差两百万，银行说抵押物不够。",
        "forward",
        "coordinated",
        "区工业和信息化局",
        _forwarded("已对接两家银行和担保机构，授信已批。"),
        co_units=("区财政局",),
        kind="enterprise",
    ),
    Story(
        2,
        "safety_charging",
        "楼下没有充电桩，好几户从窗户拉线给电动车充电，太危险了。",
        "forward",
        "on_site",
        "区消防救援大队",
        _forwarded("已约谈物业，规划新增充电车棚，选址公示中。", agreed=False),
        co_units=("安居物业服务有限公司",),
    ),
    Story(
        2,
        "safety_charging",
        "电动车没地方充，都推进楼道里，怕着火。",
        "forward",
        "on_site",
        "区消防救援大队",
        _forwarded("", answered=False),
        co_units=("安居物业服务有限公司",),
    ),
    Story(
        2,
        "environment_garbage",
        "垃圾桶在单元门口，天热味道大，能不能挪个地方？",
        "on_the_spot",
        "at_once",
        fate=_ON_SPOT,
    ),
    Story(
        2,
        "traffic_parking",
        "晚上回家没车位，消防通道也停满了车。",
        "forward",
        "coordinated",
        "公安分局",
        (
            *_forwarded("", answered=False)[:3],
            Turn("returned", 28.0, "platform", "小区内部道路停车由物业管理，不属本单位职责"),
        ),
    ),
    Story(
        2,
        "roads_drainage",
        "一下大雨小区门口积水到小腿，车都进不来。",
        "forward",
        "proactive",
        "区住房和城乡建设局",
        (
            *_forwarded("", answered=False),
            Turn("extended", 60.0, "platform", "需更换主管网，施工周期较长，申请延期"),
        ),
    ),
    Story(
        2,
        "health_insurance",
        "在外地住院，回来报销要跑几个地方？",
        "explain",
        None,
        fate=(Turn("agreed", 25.0, "resident", "明白了"), Turn("closed", 26.0, "system")),
    ),
    Story(
        2,
        "education_care",
        "孩子放学早，双职工接不了，学校有没有延时服务？",
        "forward",
        "on_site",
        "区教育和体育局",
        (
            *_forwarded("学校已开设课后延时服务至18:00，可报名。", agreed=False),
            Turn("reopened", 110.0, "resident", "报名满了，问题没解决"),
            Turn("to_be_forwarded", 111.0, "leader"),
        ),
    ),
    Story(
        2,
        "disputes_neighbours",
        "楼上卫生间漏水到我家，说了几次没人管。",
        "own_unit",
        "on_site",
        fate=(Turn("answered", 50.0, "leader", "社区和物业已上门调解，楼上同意重做防水。"),),
    ),
    Story(
        1,
        "safety_charging",
        "新装的充电桩离我们楼太远，老人推不动车。",
        "forward",
        "on_site",
        "区消防救援大队",
        _forwarded("", answered=False)[:3],
    ),
    Story(
        1,
        "safety_charging",
        "半夜有人在楼道给电动车充电，烧焦味都闻到了。",
        "forward",
        "at_once",
        "区消防救援大队",
        _forwarded("", answered=False),
        urgent=True,
    ),
    Story(
        1,
        "roads_repair",
        "村口那段水泥路坑坑洼洼，下雨骑车摔过人。",
        "forward",
        "proactive",
        "区交通运输局",
        _forwarded("", answered=False)[:3],
    ),
    Story(
        1,
        "property_fees",
        "物业费涨了，服务没跟上，也没公示账目。",
        "forward",
        "in_public",
        "区住房和城乡建设局",
        _forwarded("", answered=False)[:2],
        co_units=("祥和物业服务有限公司",),
    ),
    Story(
        1,
        "social_relief",
        "家里两个病人，今年收入少了一半，想问问能不能申请低保。",
        "own_unit",
        "tracked",
        fate=(Turn("answered", 30.0, "leader", "已协助提交低保申请，镇街正在核对，15个工作日内公示。"),),
    ),
    Story(
        1,
        "utilities_water",
        "早上六点到七点水压低，五楼洗不了澡。",
        "forward",
        "at_once",
        "供水公司",
        _forwarded("已调整加压泵时段，早高峰水压恢复正常。", agreed=False),
    ),
    Story(
        1,
        "business_hiring",
        "年底缺三十名装配工，工资能给到六千，还是招不满。",
        "forward",
        "coordinated",
        "区人力资源和社会保障局",
        _forwarded("已组织专场招聘会，首批到岗18人。", agreed=False),
        kind="enterprise",
    ),
    Story(
        1,
        "traffic_signals",
        "学校门口没有斑马线，孩子过马路危险。",
        "forward",
        "at_once",
        "公安分局",
        _forwarded("", answered=False),
    ),
    Story(1, "environment_noise", "对面工地夜里十一点还在打桩。", "explain", "at_once"),
    Story(
        1,
        "roads_repair",
        "村口的路颠得厉害，跟前头那家说的是一回事。",
        None,
        fate=(Turn("merged", 1.0, "leader", "与同一路段的诉求合并办理"),),
    ),
    Story(
        2,
        "disputes_contract",
        "法院判了我输，请政府改一改。",
        "forward",
        None,
        "街道办事处",
        (
            *_forwarded("", answered=False)[:2],
            Turn("not_accepted", 5.0, "platform", "已经司法裁判的事项不属受理范围，可依法申请再审"),
        ),
    ),
    Story(1, "traffic_bus", "公交站牌被树挡住了。", None, fate=(Turn("withdrawn", 20.0, "resident", "树已经修剪了"),)),
    Story(
        0,
        "safety_charging",
        "小区充电车棚什么时候开工？公示都过了。",
        "forward",
        "on_site",
        "区消防救援大队",
        _forwarded("", answered=False)[:3],
    ),
    Story(0, "roads_lights", "北头路灯天黑半小时才亮。", "on_the_spot", "at_once"),
    Story(
        0,
        "property_lift",
        "2号楼电梯一周坏两次，老人上不了楼。",
        "forward",
        "at_once",
        "安居物业服务有限公司",
        _forwarded("", answered=False),
        urgent=True,
        co_units=("区市场监督管理局",),
    ),
    Story(0, "health_chronic", "高血压门诊慢特病去哪里办？", "explain", None),
    Story(0, "property_cleaning", "楼道里堆杂物，跟物业说了不管。", "own_unit", "at_once"),
    Story(
        0,
        "business_permits",
        "办消防验收跑了三趟，还差一个材料说不清。",
        "forward",
        "coordinated",
        "区消防救援大队",
        _forwarded("", answered=False)[:2],
        kind="enterprise",
    ),
    Story(
        0,
        "rural_irrigation",
        "机井电表坏了，麦子等着浇水。",
        "forward",
        "at_once",
        "供电公司",
        _forwarded("", answered=False)[:3],
    ),
)

# Filed by residents themselves through a card's code: (hours before now, category, text, confidential).
RESIDENT_FILED: tuple[tuple[float, str, str, bool], ...] = (
    (3.0, "roads_covers", "文化路口井盖松动，车一压就响，晚上怕有人掉下去。", False),
    (9.0, "utilities_gas", "燃气表显示欠费，可是昨天刚充了值，做不了饭。", False),
    (20.0, "work_wages", "饭店欠我两个月工资，老板让再等等。", False),
    (30.0, "other", "反映村里低保评定有亲戚照顾的情况，请保密。", True),
)

OPINIONS: tuple[tuple[str, str], ...] = (
    ("traffic_bus", "希望3路公交晚上多开一班。"),
    ("education_campus", "校门口小摊太多，希望管一管。"),
    ("property_cleaning", "小区绿化带踩秃了，开春补一补。"),
    ("social_elderly", "建议社区办个老年食堂。"),
    ("environment_garbage", "建议把大件垃圾集中到一处再清。"),
    ("housing_renewal", "老院改造能不能顺便把晾衣架装上？"),
    ("health_clinic", "社区卫生站周末最好也开半天。"),
    ("other", "走访提前说一声更好，白天上班不在家。"),
)

DIARY_OPENINGS: tuple[str, ...] = (
    "今天走了{visits}户，见到{met}户。",
    "上午先走老院，下午去沿街商户，共{visits}户，见到{met}户。",
    "和队友分两组走，共{visits}户，{met}户在家。",
)
DIARY_LINES: tuple[str, ...] = (
    "有位独居老人拉着聊了半个钟头，主要是想有人说说话，下周再去看看。",
    "电动车充电还是大家最关心的事，几户说法一样，建议当一类问题办。",
    "不在家的都留了联系卡，写了下次走访的时间。",
    "有一户不愿多说，没有勉强，留了一封信。",
    "商户反映年底用工紧，已经把招聘会的时间告诉他们。",
    "供暖快开始了，提醒几户先检查自家阀门。",
)
