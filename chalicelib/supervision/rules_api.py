"""HTTP of the rules: kept as data, tried on the past, switched on without a deployment."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.core.access import require
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.view import Call, Reply, view
from chalicelib.supervision import rule_store, rulebook, trying
from chalicelib.supervision.api import asked_by
from chalicelib.supervision.shapes import (
    RuleForm,
    RuleHistory,
    RuleShown,
    RulesShown,
    TrialForm,
    TrialShown,
)

bp = Blueprint(__name__)


@bp.route("/v1/rules", methods=["GET"], authorizer=jwt_authorizer)
@view(act="rule.read", returns=RulesShown, summary="监察规则/Supervision rules")
def list_rules(call: Call[None, None]) -> RulesShown:
    """All rules, and the facts and operators that conditions are written in."""
    require(call.principal, "rule.read")
    return RulesShown(**rulebook.everything())


@bp.route("/v1/rules/{code}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="rule.read", returns=RuleShown, summary="规则详情/Read a rule")
def read_rule(call: Call[None, None], code: str) -> Reply:
    """A rule as it stands."""
    require(call.principal, "rule.read")
    rule = rule_store.read(code)
    return Reply(RuleShown(**rule.to_dict()), etag=str(rule.version))


@bp.route("/v1/rules/{code}", methods=["PUT"], authorizer=jwt_authorizer)
@view(act="rule.write", body=RuleForm, returns=RuleShown, summary="制定或修改规则/Write a rule")
def write_rule(call: Call[RuleForm, None], code: str) -> Reply:
    """Put a rule's next version in force: everywhere within half a minute, without deployment."""
    written = rulebook.write(
        call.principal, code, call.body.model_dump(), asked_by(call), if_match=call.if_match
    )
    return Reply(RuleShown(**written), etag=str(written["version"]))


@bp.route("/v1/rules/{code}/versions", methods=["GET"], authorizer=jwt_authorizer)
@view(act="rule.read", returns=RuleHistory, summary="规则的历次版本/A rule's versions")
def list_versions(call: Call[None, None], code: str) -> RuleHistory:
    """Every version that was written, by whom and when."""
    require(call.principal, "rule.read")
    return RuleHistory(items=rule_store.history(code))


@bp.route("/v1/rules/{code}/trials", methods=["POST"], authorizer=jwt_authorizer)
@view(act="rule.read", body=TrialForm, returns=TrialShown, summary="以历史数据试运行/Try a rule")
def try_rule(call: Call[TrialForm, None], code: str) -> TrialShown:
    """What the rule, as drafted or as it stands, would have raised among a month's cases.

    Writes nothing. A long month comes in parts: send `next_cursor` back as `cursor`.
    """
    require(call.principal, "rule.read")
    drafted = call.body.rule.model_dump() if call.body.rule else None
    rule = rulebook.candidate(code, drafted)
    listing = f"trial:{code}:{call.body.month}"
    trial = trying.attempt(rule, call.body.month, decode_cursor(call.body.cursor, listing))
    return TrialShown(**trial.to_dict(), next_cursor=encode_cursor(trial.next, listing))
