"""The peer of a run without changes: lists all users and compares dictionaries.

    list_and_compare.py BASE EXPECTED.jsonl

What a script does that reconciles by itself: pages of 100 over one kept connection,
each resource compared with the dictionary that is expected of it. The clock starts
when the expected dictionaries are in memory.
"""

import http.client
import json
import sys
import time
import urllib.parse


def main():
    base, path = sys.argv[1], sys.argv[2]
    with open(path, encoding="utf-8") as lines:
        expected = {user["userName"]: user for user in map(json.loads, lines)}
    address = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    headers = {"Authorization": "Bearer bench", "Accept": "application/scim+json"}

    begun = time.perf_counter()
    same, start, total = 0, 1, 1
    while start <= total:
        connection.request(
            "GET", f"{address.path}/Users?startIndex={start}&count=100", headers=headers
        )
        page = json.loads(connection.getresponse().read())
        total = page["totalResults"]
        for user in page["Resources"]:
            del user["id"], user["meta"]
            if expected.get(user["userName"]) == user:
                same += 1
        start += page["itemsPerPage"]
    print(json.dumps({"same": same, "seconds": time.perf_counter() - begun}))


main()
