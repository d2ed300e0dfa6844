"""GeoReport's JSON replies as JSON Schema, written from the standard and from the desk's own extensions."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_MAYBE = {"type": ["string", "null"]}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_MAYBE_TIME = {"anyOf": [_TIME, {"type": "null"}]}
_STATUS = {"enum": ["open", "closed"]}
_DETAILED = {
    "enum": [
        "submitted", "accepted", "dispatched", "in_progress", "returned", "extended", "answered", "closed", "not_accepted",
    ]
}  # fmt: skip


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


SCHEMAS: dict[str, dict[str, Any]] = {
    "errors": _list(_object({"code": {"type": "integer"}, "description": _TEXT})) | {"minItems": 1},
    "services": _list(
        _object(
            {
                "service_code": _TEXT,
                "service_name": _TEXT,
                "description": {"type": "string"},
                "metadata": {"type": "boolean"},
                "type": {"enum": ["realtime", "batch", "blackbox"]},
                "keywords": {"type": "string"},
                "group": {"type": "string"},
            }
        )
    ),
    "service_definition": _object(
        {
            "service_code": _TEXT,
            "attributes": _list(
                _object(
                    {
                        "variable": {"type": "boolean"},
                        "code": _TEXT,
                        "datatype": {
                            "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
                        },
                        "required": {"type": "boolean"},
                        "datatype_description": {"type": "string"},
                        "order": {"type": "integer", "minimum": 1},
                        "description": _TEXT,
                        "values": _list(_object({"key": _TEXT, "name": _TEXT})),
                    }
                )
            ),
        }
    ),
    "service_requests": _list(
        _object(
            {
                "service_request_id": _TEXT,
                "status": _STATUS,
                "status_notes": _MAYBE,
                "service_name": _TEXT,
                "service_code": _TEXT,
                "description": {"type": "string"},
                "agency_responsible": _MAYBE,
                "service_notice": _MAYBE,
                "requested_datetime": _TIME,
                "updated_datetime": _TIME,
                "expected_datetime": _TIME,
                "address": _MAYBE,
                "address_id": _MAYBE,
                "zipcode": _MAYBE,
                "lat": {"type": ["number", "null"]},
                "long": {"type": ["number", "null"]},
                "media_url": _MAYBE,
            },
            {
                "extended_attributes": _object(
                    {
                        "detailed_status": _DETAILED,
                        "lead_unit": _MAYBE,
                        "co_units": _list(_TEXT),
                        "answer": _MAYBE,
                        "resident_due_datetime": _TIME,
                        "unit_due_datetime": _MAYBE_TIME,
                        "attachments": _list(_TEXT),
                        "round": {"type": "integer", "minimum": 1},
                    },
                    {
                        "reason": _MAYBE,
                        "media_urls": _list(_TEXT),
                        "client_reference": _MAYBE,
                        "attributes": _list(_object({"code": _TEXT, "value": _TEXT})),
                    },
                )
            },
        )
    ),
    "service_request_updates": _list(
        _object(
            {
                "update_id": _TEXT,
                "service_request_id": _TEXT,
                "status": _STATUS,
                "updated_datetime": _TIME,
                "description": {"type": "string"},
                "media_url": _MAYBE,
            },
            {
                "extended_attributes": _object(
                    {
                        "detailed_status": _DETAILED,
                        "step": _TEXT,
                        "unit": _TEXT,
                        "reason": _MAYBE,
                        "attachments": _list(_TEXT),
                    }
                )
            },
        )
    ),
}
