"""The peer of a first push: posts finished dictionaries with aiohttp.

    push.py BASE RESOURCES.jsonl CONNECTIONS

What a script does that provisions by itself, and remembers nothing. The clock starts
when the dictionaries are in memory.
"""

import asyncio
import json
import sys
import time

import aiohttp


async def main():
    base, path, connections = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(path, encoding="utf-8") as lines:
        users = [json.loads(line) for line in lines]
    headers = {"Authorization": "Bearer bench", "Content-Type": "application/scim+json"}
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        begun = time.perf_counter()
        waiting = iter(users)
        ids = {}

        async def worker():
            for user in waiting:
                async with session.post(f"{base}/Users", data=json.dumps(user)) as answer:
                    created = await answer.json(content_type=None)
                    assert answer.status == 201, created
                    ids[user["userName"]] = created["id"]

        await asyncio.gather(*(worker() for _ in range(connections)))
        seconds = time.perf_counter() - begun
    print(json.dumps({"pushed": len(ids), "seconds": seconds}))


asyncio.run(main())
