"""`fetch.py` for asyncio."""

import asyncio
import os
import sys

import httpx

from token_broker import AsyncClient, AuthorizationRequiredError, Connection
from token_broker.http import AsyncBrokerTransport


async def main() -> int:
    connection = Connection(os.environ["CONNECTION_ID"], os.environ["USER_ID"], provider=os.environ["PROVIDER"])
    async with AsyncClient(os.environ["TOKEN_BROKER_URL"], api_key=os.environ["TOKEN_BROKER_API_KEY"]) as broker:
        source = broker.token_source(connection)
        try:
            async with httpx.AsyncClient(transport=AsyncBrokerTransport(source)) as api:
                response = await api.get(os.environ["API_URL"])
        except AuthorizationRequiredError as person:
            link = await person.reconnect_link_async()
            print(f"{person.reason}: open {link.authorize_url}")
            return 2
        print(response.status_code, response.reason_phrase)
        return 0 if response.is_success else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
