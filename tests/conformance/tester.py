"""Runs scim2-tester against a server and tells each result as a line of JSON.

Arguments: the SCIM base URL. The token is in SCIM_TOKEN.
"""

import json
import os
import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

headers = {"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}
with httpx2.Client(base_url=sys.argv[1], headers=headers, timeout=30) as http:
    for result in check_server(SyncSCIMClient(http)):
        line = {
            "status": result.status.name,
            "title": result.title,
            "reason": result.reason,
            "resource": result.resource_type,
        }
        print(json.dumps(line))
