from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from tokenbroker.v1.token_pb2 import GetTokenRequest


@dataclass(frozen=True)
class Connection:
    """Names a grant: what a person allowed one of your products to do at one provider. Exactly one of `provider` and `mcp_server_url` is set."""

    connection_id: str
    user_id: str
    provider: str = ""
    mcp_server_url: str = ""
    namespace: str = ""
    """Empty is "default"."""
    token_name: str = ""
    """Which of several tokens of one grant; empty is the provider's main token."""


@dataclass(frozen=True)
class TokenRequest:
    """What a source asks for, every time."""

    connection: Connection
    min_ttl: timedelta
    required_scopes: Sequence[str]

    def message(self, rejected_version: int) -> GetTokenRequest:
        connection = self.connection
        request = GetTokenRequest(
            connection_id=connection.connection_id,
            user_id=connection.user_id,
            provider=connection.provider,
            mcp_server_url=connection.mcp_server_url,
            namespace=connection.namespace,
            token_name=connection.token_name,
            required_scopes=self.required_scopes,
            rejected_version=rejected_version,
        )
        if self.min_ttl > timedelta():
            duration = Duration()
            duration.FromTimedelta(self.min_ttl)
            request.min_ttl.CopyFrom(duration)
        return request
