"""Every endpoint of the product as a door: who has the key, and how somebody without it would knock.

A new endpoint that is not written down here fails `test_access_matrix.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

# Whose key opens: `phone` any signed-in person; `handing_in` also a phone whose owner left the post; `leader` with the task
# force; `task_force`; `office` leader, task force and admin; `operator` task force and admin; `code` whoever holds the
# resident's code; `open` everybody; `desk`, `client` and `platform` have keys of their own; `machine` this machine.
KEYS = frozenset(
    {
        "phone",
        "handing_in",
        "leader",
        "task_force",
        "office",
        "operator",
        "code",
        "open",
        "desk",
        "client",
        "platform",
        "machine",
    }
)
KINDS = frozenset({"read", "write", "list", "export", "photo"})


@dataclass(frozen=True)
class Door:
    """One method of one endpoint.

    `names`: the address or the body names a record of team a, so that people of other teams must hear "not there".
    `shows`: what team a's own people see behind it is secret to all others.
    """

    key: str
    kind: str
    names: bool = False
    shows: bool = False
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, Any] | None = None


def read(key: str, kind: str = "read", **more: Any) -> Door:
    """A door to look through."""
    return Door(key, kind, **more)


def change(key: str, body: dict[str, Any] | None = None, **more: Any) -> Door:
    """A door to act through, with a body that would do something."""
    return Door(key, "write", body={} if body is None else body, **more)


def form(key: str, **more: Any) -> Door:
    """A door to act through by an HTML form."""
    return Door(key, "write", form=more.pop("fields", {}), **more)


ON = {"on": "{on}"}
TEAM = {"team": "{team}"}
PERIOD = {"from": "{on}", "to": "{on}"}
MINE = {"names": True}

DOORS: dict[str, Door] = {
    # accounts
    "GET accounts.read_session": read("phone"),
    "POST accounts.sign_in": change("open", {"login": "sun", "password": "not the password"}),
    "POST own_account.confirm": change("phone", {"password": "not the password"}),
    "POST own_account.change_password": change(
        "phone", {"password": "not the password", "new_password": "老槐树下有口井"}
    ),
    "POST own_account.begin_totp": change("phone", {"password": "not the password"}),
    "POST own_account.confirm_totp": change("phone", {"offer": "x", "totp": "000000"}),
    "DELETE accounts.sign_out": Door("handing_in", "write"),
    "POST accounts.enrol": change("open", {"code": "A" * 26, "client_id": "a-new-phone"}),
    "POST accounts.new_code": change("office", {"cadre_id": "{cadre}"}, **MINE),
    # phones
    "POST sync.sync_push": change("handing_in", {"client_id": "{client_id}", "mutations": []}),
    "POST sync.sync_pull": Door("phone", "list", shows=True, body={"client_id": "{client_id}"}),
    "POST sync.sync_both": change("handing_in", {"push": None, "pull": None}),
    "PUT attachments.put_photo": Door("handing_in", "photo", body={}),
    "GET attachments.get_photo": read("phone", "photo", names=True, shows=True),
    "GET push_subscriptions.push_key": read("phone"),
    "POST push_subscriptions.subscribe": change("phone", {}),
    "DELETE push_subscriptions.unsubscribe": Door("phone", "write"),
    # boards
    "GET review.frame": read("leader"),
    "GET review.teams": read("leader", "list"),
    "GET review.read_friday": read("leader", query=ON | TEAM, **MINE),
    "GET review.read_coverage": read("leader", query=ON | TEAM, **MINE),
    "GET review.read_figures": read("leader", query=ON | TEAM, **MINE),
    "GET review.read_rows": read("leader", "list", query=ON | TEAM | {"of": "requests"}, shows=True, **MINE),
    "GET review.read_map": read("leader", "list", query=ON | TEAM, **MINE),
    "GET review.read_self_check": read("leader", query=ON | TEAM, **MINE),
    "POST review.sign_friday": change("leader", ON | TEAM, **MINE),
    "GET review_people.read_people": read("office", "list", query=TEAM, shows=True, **MINE),
    "POST review_people.revoke_phone": change("office", {"how": "hard"}, **MINE),
    "POST handing_in.push_for": change("office", {"client_id": "{client_id}", "mutations": []}, **MINE),
    "PUT handing_in.put_photo_for": Door("office", "photo", body={}, names=True),
    "GET review_said.read_inbox": read("leader", "list"),
    "POST review_said.mark_read": change("leader", {"ids": ["{notice_id}"]}),
    "GET review_said.read_feedback": read("task_force", "list", query=TEAM, **MINE),
    "POST review_said.answer_feedback": change("task_force", {"text": "已改"}, **MINE),
    "GET review_people.read_parked": read("leader", "list", query=TEAM, shows=True, **MINE),
    "POST review_people.apply_parked": change("leader", **MINE),
    "POST review_people.dismiss_parked": change("leader", {"reason": "核对"}, **MINE),
    "GET review_requests.read_request": read("leader", shows=True, **MINE),
    "POST review_requests.take_step": change(
        "leader", {"from_status": "{status}", "to": "explained", "text": "x"}, **MINE
    ),
    "POST review_requests.add_note": change("leader", {"kind": "comment", "text": "x"}, **MINE),
    "POST review_requests.show_phone": change("leader", {"reason": "回访"}, shows=True, **MINE),
    "GET review_requests.read_projects": read("leader", "list", query=TEAM, **MINE),
    "POST review_requests.make_project": change(
        "leader", {"ids": ["{request_id}"], "title": "路灯", "responsible": "孙"}, **MINE
    ),
    "POST review_requests.add_task": change("leader", {"text": "勘察"}, **MINE),
    "POST review_requests.finish_task": change("leader", {"result": "完成"}, **MINE),
    "POST review_requests.close_project": change("leader", {"result": "完成"}, **MINE),
    "GET review_receptions.read_receptions": read("leader", "list", query=TEAM, **MINE),
    "POST review_receptions.hold_reception": change(
        "leader", {"held_on": ON["on"], "place": "光岳社区", "host": "孙"} | TEAM, **MINE
    ),
    "POST review_receptions.bring_request": change("leader", {"text": "楼上漏水"}, **MINE),
    "POST review_receptions.decide": change("leader", {"measure": "已约定", "outcome": "open"}, **MINE),
    "GET review_checks.read_spot_check": read("leader", "list", query=ON),
    "POST review_checks.start_spot_check": change("task_force", ON | {"random_calls": 1, "risk_calls": 0}),
    "POST review_checks.show_contact": change("task_force", **MINE),
    "POST review_checks.record_call": change("task_force", **MINE),
    "POST review_checks.enter_sheet": change("task_force", ON | TEAM | {"by": "peers", "score": 4}, **MINE),
    "GET review_dead_letters.read_dead_letters": read("leader", "list", query=TEAM, shows=True, **MINE),
    "POST review_dead_letters.retry": change("leader", **MINE),
    "POST review_dead_letters.dismiss": change("leader", **MINE),
    "POST review_dead_letters.set_category": change("leader", {"category": "roads_lights"}, **MINE),
    "POST review_dead_letters.forwarded_by_hand": change("leader", {"number": "LC-1"}, **MINE),
    "POST review_dead_letters.other_route": change("leader", {"target": "file"}, **MINE),
    "POST review_dead_letters.withdraw": change("leader", {"reason": "重复"}, **MINE),
    "POST review_dead_letters.map_category": change(
        "task_force", {"target": "desk", "category": "roads_lights", "service_code": "001"}
    ),
    "POST review_dead_letters.resume_target": change("task_force"),
    "GET health.status": read("operator"),
    # files in and out
    "GET exports.masked_ledger": read("office", "export", query=PERIOD | TEAM, **MINE),
    "POST exports.unmasked_ledger": change("office", PERIOD | TEAM | {"reason": "核对台账"}, **MINE),
    "GET exports.as_csv": read("office", "export", query=PERIOD | TEAM, shows=True, **MINE),
    "GET exports.as_geojson": read("office", "export", query=PERIOD | TEAM, **MINE),
    "GET exports.snapshot": read("office", "export", query=PERIOD | TEAM, **MINE),
    "GET exports.brief": read("office", "export", query=PERIOD | TEAM, **MINE),
    "POST imports.upload": Door("office", "write", query={"kind": "places"}, form={}),
    "POST imports.choose": change("office", **MINE),
    "POST imports.apply_file": change("office", **MINE),
    "DELETE imports.discard": Door("office", "write", names=True),
    "GET imports.template": read("office", "export"),
    # printed codes
    "POST qr.qr_of_text": change("phone", {"text": "http://localhost:8000/r/"}),
    "GET qr.qr_of_code": read("phone"),
    "GET qr.list_codes": read("office", "list", query=TEAM, shows=True, **MINE),
    "POST qr.make_codes": change("office", TEAM | {"kind": "card"}, **MINE),
    "POST qr.revoke": change("office", **MINE),
    "GET qr.print_index": read("office", "list"),
    "GET qr.print_sheet": read("office", "export", query=TEAM, shows=True, **MINE),
    "POST qr.make_and_print": form("office", fields=TEAM, **MINE),
    # residents
    "GET residents.home": read("open"),
    "GET residents.entry": read("open"),
    "GET residents.check": read("open"),
    "GET residents.scan": read("code"),
    "POST residents.verify": form("code", fields={"digits": "000000"}),
    "GET residents.photo": read("code", "photo"),
    "GET residents_filing.form": read("code"),
    "POST residents_filing.file": form("code", fields={"text": "x"}),
    "GET residents_following.entry": read("open"),
    "GET residents_following.follow": read("code"),
    "GET residents_following.receipt": read("code"),
    "POST residents_following.open_case": form("code", fields={"tail": "0000"}),
    "GET residents_following.photo": read("code", "photo", names=True),
    "GET residents_following.ask_rating": read("code"),
    "POST residents_following.rate": form("code", fields={"stars": "5"}),
    "POST residents_following.agree": form("code"),
    "GET residents_following.ask_reopen": read("code"),
    "POST residents_following.reopen": form("code", fields={"text": "x"}),
    "GET residents_following.ask_withdraw": read("code"),
    "POST residents_following.withdraw": form("code"),
    "GET residents_own_data.entry": read("open"),
    "POST residents_own_data.enter": form("code", fields={"code": "{tracking_code}", "tail": "0000"}),
    "GET residents_own_data.mine": read("code"),
    "POST residents_own_data.delete_contact": form("code"),
    "GET residents_own_data.export_html": read("code", "export"),
    "GET residents_own_data.export_json": read("code", "export"),
    "POST residents_own_data.correct_phone": form("code", fields={"phone": "13900000000"}),
    # the complaint platform
    "GET desk.sign_in_page": read("open"),
    "POST desk.start_session": form("open", fields={"login": "zhou", "password": "x"}),
    "GET desk.list_page": read("desk", "list"),
    "GET desk.request_page": read("desk"),
    "POST desk.take_step": form("desk"),
    "POST desk.show_contact": form("desk"),
    "POST desk.keep_preference": form("open", fields={"locale": "zh-CN"}),
    "POST desk.end_session": form("open"),
    "GET open311.media": read("open", "photo"),
    "POST platform_webhook.receive": change("platform"),
    # files and probes
    "GET static": read("open"),
    "GET authority": read("open"),
    "GET pwa_index": read("open"),
    "GET pwa": read("open"),
    "GET health.healthz": read("open"),
    "GET health.readyz": read("open"),
    "GET health.metrics": read("machine"),
    "GET openapi.read_openapi": read("open"),
}
# What the desk publishes, and what only clients with a key may do.
_PUBLIC = ("discovery", "services", "service_definition", "unknown")
_KEYED = ("requests", "service_request", "service_request_updates", "token")
_LISTED = ("requests", "service_request_updates")
for _name in (*_PUBLIC, *_KEYED):
    for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        _key = "open" if _name in _PUBLIC or (_method == "GET" and _name in _LISTED) else "client"
        DOORS[f"{_method} open311.{_name}"] = Door(_key, "list")


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every (method, endpoint, rule) that the product answers."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.endpoint, rule.rule
