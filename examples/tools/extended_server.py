#!/usr/bin/env python3
"""Runs scim2-server with one more extension of User.

    extended_server.py EXTENSION.json [ARGUMENTS OF scim2-server …]

scim2-server takes its schemas and resource types from files and then knows only
those, so the RFC's are taken from the package and the extension is added.
Needs the Python that scim2-server is installed for.
"""

import json
import os
import sys
import tempfile

from scim2_server.utils import load_default_resource_types, load_default_schemas


def documents(models):
    return [model.model_dump() for model in models.values()]


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        extension = json.load(file)
    types = documents(load_default_resource_types())
    for resource_type in types:
        if resource_type["name"] == "User":
            resource_type.setdefault("schemaExtensions", []).append(
                {"schema": extension["id"], "required": False}
            )
    folder = tempfile.mkdtemp(prefix="purser-scim2-")
    arguments = ["scim2-server"]
    for option, content in [
        ("--schema", documents(load_default_schemas()) + [extension]),
        ("--resource-type", types),
    ]:
        path = os.path.join(folder, option.strip("-") + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        arguments += [option, path]
    # In place of this process, so that whoever ends this one ends the server.
    program = os.path.join(os.path.dirname(sys.executable), "scim2-server")
    os.execv(program, arguments + sys.argv[2:])


if __name__ == "__main__":
    main()
