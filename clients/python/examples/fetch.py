"""Calls an API with a connection's token. Exits with 2 where a person has to authorize first, and prints the link."""

import os
import sys

import httpx

from token_broker import AuthorizationRequiredError, Client, Connection
from token_broker.http import BrokerAuth


def main() -> int:
    connection = Connection(os.environ["CONNECTION_ID"], os.environ["USER_ID"], provider=os.environ["PROVIDER"])
    # In a service, broker, source and api live as long as the process.
    with Client(os.environ["TOKEN_BROKER_URL"], api_key=os.environ["TOKEN_BROKER_API_KEY"]) as broker:
        source = broker.token_source(connection)
        try:
            with httpx.Client(auth=BrokerAuth(source)) as api:
                response = api.get(os.environ["API_URL"])
        except AuthorizationRequiredError as person:
            print(f"{person.reason}: open {person.reconnect_link().authorize_url}")
            return 2
        print(response.status_code, response.reason_phrase)
        return 0 if response.is_success else 1


if __name__ == "__main__":
    sys.exit(main())
