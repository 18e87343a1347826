"""The mapping that the benchmarks measure (bench/guests/README.md), in Python."""

import json

from wit_world.exports.mapping import Outcome_Problem, Outcome_Projection, Projection
from wit_world.exports.metadata import Description
from wit_world.imports.types import Problem, ProblemKind

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

READS = """login mail mail_private given_name family_name title phone mobile street zip city country
department company employee_number manager language timezone homepage groups""".split()


class Metadata:
    def describe(self, settings):
        return Description(
            name="staff",
            version="0.1.0",
            summary="Maps members of staff.",
            settings_schema=json.dumps({"type": "object"}),
            reads=READS,
            writes=["*"],
            capabilities=[],
        )


class Mapping:
    def map_objects(self, context, objects):
        settings = json.loads(context.settings)
        return [one(settings, item) for item in objects]


def one(settings, item):
    source = json.loads(item.attributes)

    def text(name):
        value = source.get(name)
        return value.strip() or None if isinstance(value, str) else None

    login = text("login")
    if login is None:
        return Outcome_Problem(
            Problem(ProblemKind.MISSING_ATTRIBUTE, "login", "`login` is needed and has no value")
        )
    given, family = text("given_name"), text("family_name")
    formatted = " ".join(part for part in (given, family) if part) or None
    department, country, manager = text("department"), text("country"), text("manager")
    resource = given_only(
        {
            "schemas": [CORE, ENTERPRISE],
            "userName": login.lower(),
            "externalId": item.id,
            "name": some({"formatted": formatted, "givenName": given, "familyName": family}),
            "displayName": formatted or login,
            "title": text("title"),
            "active": item.active,
            "emails": values([(text("mail"), "work"), (text("mail_private"), "home")]),
            "phoneNumbers": values([(text("phone"), "work"), (text("mobile"), "mobile")]),
            "addresses": addresses(
                {
                    "streetAddress": text("street"),
                    "postalCode": text("zip"),
                    "locality": text("city"),
                    "country": settings.get("countries", {}).get(country, country),
                }
            ),
            "preferredLanguage": text("language") or settings.get("default_language", ""),
            "timezone": text("timezone"),
            "profileUrl": text("homepage"),
            "userType": settings.get("user_types", {}).get(department),
            "groups": [
                {"value": settings.get("group_prefix", "") + group} for group in source["groups"]
            ]
            if isinstance(source.get("groups"), list)
            else None,
            ENTERPRISE: some(
                {
                    "employeeNumber": text("employee_number"),
                    "organization": text("company"),
                    "department": department,
                    "manager": {"value": manager} if manager else None,
                }
            ),
        }
    )
    document = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    return Outcome_Projection(Projection(document, [], [], None))


def given_only(values):
    return {name: value for name, value in values.items() if value is not None}


def some(values):
    return given_only(values) or None


def values(pairs):
    pairs = [(value, kind) for value, kind in pairs if value is not None]
    return [
        {"value": value, "type": kind, "primary": index == 0}
        for index, (value, kind) in enumerate(pairs)
    ] or None


def addresses(address):
    address = some(address)
    return [{**address, "type": "work"}] if address else None
