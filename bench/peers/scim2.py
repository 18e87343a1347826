"""A SCIM server to measure beside: scim2-server, over its own storage in memory.

    scim2.py TOKEN USERS.jsonl

It prints `http://127.0.0.1:PORT/v2` once it has the users, and serves until it is killed.

Everything is the package's own, and as it comes: its storage, which finds resources by
identifier and by the value of an attribute in a dictionary, and its ASGI application.
That is served by uvicorn with uvloop and httptools: the WSGI server which the package's
command starts, for tests, takes a thread and a connection for each request.
"""

import json
import socket
import sys

import uvicorn
from scim2_models import Meta, UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_server.utils import load_default_provider


class Application(ASGIApplication):
    """Takes one bearer token, as the application of the package's command does."""

    def __init__(self, token, storage, provider):
        super().__init__(storage, provider)
        self.authorization = f"Bearer {token}"

    def check_auth(self, request):
        if request.header("Authorization") != self.authorization:
            raise UnauthorizedException


def stored(path, storage, provider):
    """The users of a file, as the storage would have them after a POST."""
    user = provider.model_for_endpoint("/Users")
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            resource = user.model_validate(json.loads(line))
            now = storage.clock()
            resource.meta = Meta(
                resource_type="User",
                created=now,
                last_modified=now,
                version=storage.next_version(),
            )
            yield resource


def main():
    token, path = sys.argv[1:]
    provider = load_default_provider()
    storage = InMemoryStorage()
    storage.resources = stored(path, storage, provider)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/v2", flush=True)
    config = uvicorn.Config(
        Application(token, AsyncInMemoryStorage(storage), provider),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


main()
