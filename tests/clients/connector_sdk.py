"""Runs in an environment of its own, with one version of azure-connectors: lists, subscribes, and prints what it saw.

python connector_sdk.py RUNTIME_URL MAILBOX CALLBACK
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from azure.connectors import microsoftbookings
from azure.connectors.sdk import ConnectorClientOptions
from azure.connectors.sdk.authentication import ConnectionStringTokenProvider
from azure.connectors.sdk.exceptions import ConnectorException

TRIGGERS = {"Created": "create_appointment", "Updated": "update_appointment", "Deleted": "cancel_appointment"}


async def main(runtime_url: str, mailbox: str, callback: str) -> dict[str, Any]:
    """List the mailboxes, subscribe all three triggers, go on until the mailbox is full."""
    provider = ConnectionStringTokenProvider("test-token")
    options = ConnectorClientOptions(initial_retry_delay_seconds=0.05)
    seen: dict[str, Any] = {}
    client = microsoftbookings.MicrosoftbookingsClient(runtime_url, provider, options)
    try:
        seen["mailboxes"] = (await client.list_bookings_business_user_as_admin_async())["mailboxes"]
        for change in TRIGGERS:
            seen[change] = await subscribe(client, change, mailbox, f"{callback}/{change}")
        try:
            for _ in range(4):
                await subscribe(client, "Created", mailbox, f"{callback}/more")
        except ConnectorException as error:
            seen["refused"] = [error.status_code, json.loads(error.response_body)]
    finally:
        await client.http_client.close() if hasattr(client.http_client, "close") else None
    return seen


async def subscribe(client: Any, change: str, mailbox: str, url: str) -> Any:
    """By the typed method where the version has it, else through the pipeline of the SDK."""
    webhook = {"notification_url": url, "resource": "Appointments", "change_type": [change]}
    method = getattr(client, f"{TRIGGERS[change]}_async", None)
    if method is not None:
        name = TRIGGERS[change].title().replace("_", "")
        return await method(getattr(microsoftbookings, f"{name}Input")(webhook=webhook), mailbox)
    operation = microsoftbookings.TRIGGER_OPERATIONS[TRIGGERS[change].title().replace("_", "")]
    path = operation["path"].replace("/{connectionId}", "").replace("{SMTPAddress}", mailbox)
    answer = await client.http_client.send_async(
        operation["method"].upper(), client._connection_runtime_url + path, body={"webhook": webhook}
    )
    if not 200 <= answer.status < 300:
        raise ConnectorException(operation["method"], path, answer.status, answer.text)
    return json.loads(answer.text) if answer.text else None


print(json.dumps(asyncio.run(main(*sys.argv[1:4]))))
