"""The embedded complaint platform (诉求受理平台): a GeoReport v2 endpoint, and pages where units handle what arrives.

It stands in where a city has no platform of its own. It has never heard of the forwarder: whoever holds an API key is
a client like any other.
"""

from app.desk.installation import AttributePlan, ServicePlan, SignIn, UnitPlan, setup

__all__ = ["AttributePlan", "ServicePlan", "SignIn", "UnitPlan", "setup"]
