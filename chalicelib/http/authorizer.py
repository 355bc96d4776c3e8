"""The Lambda authorizer: a bearer token becomes a principal, or the request ends at the gateway.

The API handler imports this module only for its declaration, so everything that verifies (PyJWT,
cryptography, the keys) is imported when the authorizer's own function first runs.
"""

from __future__ import annotations

from typing import Any

from chalice.app import AuthRequest, Blueprint

bp = Blueprint(__name__)

CACHED_SECONDS = 300


@bp.authorizer(ttl_seconds=CACHED_SECONDS)
def jwt_authorizer(request: AuthRequest) -> dict[str, Any]:
    """Allow everything to a valid token, for the access table decides by act; deny a bad one.

    A denial is cached like an allowance, so a flood of one bad token reaches this function once.
    The gateway's ACCESS_DENIED response turns it into a 401 problem (chalicelib/http/gateway.py).
    Keys that cannot be fetched raise: the gateway answers 5xx and caches nothing.
    """
    from chalicelib.http.claims import principal_of  # noqa: PLC0415 - import time
    from chalicelib.http.identity import to_context  # noqa: PLC0415 - import time
    from chalicelib.http.tokens import BadTokenError, verified_claims  # noqa: PLC0415 - import time

    stage = "/".join(request.method_arn.split("/")[:2])
    try:
        claims = verified_claims(request.token)
    except BadTokenError as bad:
        bad.log()
        return _policy("nobody", "Deny", f"{stage}/*", {})
    principal = principal_of(claims)
    context = to_context(principal, expires=int(claims["exp"]))
    return _policy(principal.account, "Allow", f"{stage}/*", context)


def _policy(
    principal_id: str, effect: str, resource: str, context: dict[str, str]
) -> dict[str, Any]:
    return {
        "principalId": principal_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": [resource]}
            ],
        },
        "context": context,
    }
