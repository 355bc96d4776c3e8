"""What a function may do, said once in the platform's words and turned into IAM statements.

No grant holds `dynamodb:Scan`: every list is a query, and a scan in the request path fails in the
first deployed test instead of slowly in the third year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from infra.nag import accept_wildcard
from infra.tables import DECLARED


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that a function can be granted."""

    tables: Mapping[str, dynamodb.Table]
    documents: s3.Bucket
    documents_arn: str
    """The bucket's ARN as an import by name, under which cdk-nag reports it."""
    data_key: kms.Key
    signing_key: kms.Key
    sealing_secret: secretsmanager.Secret
    bus: events.EventBus
    archive: events.Archive
    alarm_topic: sns.Topic
    prefix: str
    """What the names begin with that are given and not generated."""
    machines: Mapping[str, str]
    """Names of the state machines by flow. Names, so that a function may know a machine that
    in turn calls the function."""

    def machine_arn(self, flow: str) -> str:
        return self._states_arn("stateMachine", self.machines[flow])

    def executions_arn(self, flow: str) -> str:
        return self._states_arn("execution", f"{self.machines[flow]}:*")

    def rule_arn(self, function: str) -> str:
        """The rule on the bus that calls a function, by name: the function may know it."""
        return Stack.of(self.bus).format_arn(
            service="events",
            resource="rule",
            resource_name=f"{self.bus.event_bus_name}/{self.rule_name(function)}",
        )

    def rule_name(self, function: str) -> str:
        return f"{self.prefix}-{function.replace('_', '-')}"

    def _states_arn(self, resource: str, name: str) -> str:
        return Stack.of(self.bus).format_arn(
            service="states",
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions on resources. A resource with a wildcard says why it needs one."""

    actions: Sequence[str]
    resources: Sequence[str]
    why: str = ""
    conditions: Mapping[str, Mapping[str, str]] | None = None

    def add_to(self, role: iam.Role) -> None:
        """Allow the role this; a wildcard without a reason is refused."""
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(self.actions),
                resources=list(self.resources),
                conditions=self.conditions,
            )
        )
        for resource in self.resources:
            accept_wildcard(role, resource, self.why)


Grant = Callable[[Resources], list[Permission]]

_READ = ("GetItem", "BatchGetItem", "Query", "ConditionCheckItem")
_EVERY_DOCUMENT = "Documents are named for cases that do not exist yet"
_WRITE = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")


def reads(*rooms: str) -> Grant:
    """Get, query and check items of the rooms' tables and their indexes."""
    return lambda resources: _on_tables(resources, rooms, _READ)


def writes(*rooms: str) -> Grant:
    """Read and write items of the rooms' tables."""
    return lambda resources: _on_tables(resources, rooms, _READ + _WRITE)


def publishes() -> Grant:
    """Put events on the platform's bus."""
    return lambda resources: [Permission(["events:PutEvents"], [resources.bus.event_bus_arn])]


def replays() -> Grant:
    """Put what is in the bus's archive on the bus again."""

    def statements(resources: Resources) -> list[Permission]:
        replays = Stack.of(resources.bus).format_arn(
            service="events", resource="replay", resource_name="*"
        )
        return [
            Permission(["events:StartReplay"], [resources.archive.archive_arn]),
            Permission(
                ["events:StartReplay", "events:DescribeReplay"],
                [replays],
                why="A replay is named when somebody asks for it",
            ),
        ]

    return statements


def follows_stream(room: str) -> Grant:
    """Read a table's change stream."""

    def statements(resources: Resources) -> list[Permission]:
        stream = resources.tables[room].table_stream_arn or ""
        return [
            Permission(
                ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                [stream],
            ),
            Permission(["dynamodb:ListStreams"], ["*"], why="ListStreams has no resource level"),
            Permission(["kms:Decrypt"], [resources.data_key.key_arn]),
        ]

    return statements


def runs(*flows: str) -> Grant:
    """Start, look up and stop executions of the machines."""

    def statements(resources: Resources) -> list[Permission]:
        return [
            Permission(
                ["states:StartExecution", "states:ListExecutions"],
                [resources.machine_arn(flow) for flow in flows],
            ),
            Permission(
                ["states:DescribeExecution", "states:StopExecution"],
                [resources.executions_arn(flow) for flow in flows],
                why="Executions of these machines, which are named for their cases",
            ),
        ]

    return statements


def wakes() -> Grant:
    """Resume a waiting execution by its token."""
    return lambda _: [
        Permission(
            ["states:SendTaskSuccess", "states:SendTaskFailure"],
            ["*"],
            why="A task token has no resource level; only its holder can use it",
        )
    ]


def reads_documents() -> Grant:
    """Fetch documents and look at them."""
    return lambda resources: [
        Permission(
            ["s3:GetObject", "s3:GetObjectVersion"],
            [f"{resources.documents_arn}/*"],
            why=_EVERY_DOCUMENT,
        ),
        # Without it a missing document is "forbidden" instead of "not found".
        Permission(["s3:ListBucket"], [resources.documents_arn]),
        Permission(["kms:Decrypt"], [resources.data_key.key_arn]),
    ]


def writes_documents() -> Grant:
    """Fetch and store documents, or sign a form by which a browser stores one."""
    return lambda resources: [
        *reads_documents()(resources),
        Permission(["s3:PutObject"], [f"{resources.documents_arn}/*"], why=_EVERY_DOCUMENT),
        Permission(["kms:GenerateDataKey"], [resources.data_key.key_arn]),
    ]


def destroys_documents() -> Grant:
    """Delete documents whose period is over, in every version."""
    return lambda resources: [
        Permission(
            ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            [f"{resources.documents_arn}/documents/*"],
            why="Documents are named for cases that do not exist yet; only kept ones are destroyed",
        ),
        Permission(["s3:ListBucketVersions"], [resources.documents_arn]),
    ]


def signs() -> Grant:
    """Sign with the certificates' key and read its public half."""
    return lambda resources: [
        Permission(["kms:Sign", "kms:GetPublicKey"], [resources.signing_key.key_arn])
    ]


def notifies() -> Grant:
    """Tell the subscribers of the alarms."""
    return lambda resources: [
        Permission(["sns:Publish"], [resources.alarm_topic.topic_arn]),
        Permission(["kms:Decrypt", "kms:GenerateDataKey"], [resources.data_key.key_arn]),
    ]


def seals() -> Grant:
    """Read the sealing secret."""
    return lambda resources: [
        Permission(["secretsmanager:GetSecretValue"], [resources.sealing_secret.secret_arn]),
        Permission(["kms:Decrypt"], [resources.data_key.key_arn]),
    ]


def _on_tables(
    resources: Resources, rooms: tuple[str, ...], verbs: tuple[str, ...]
) -> list[Permission]:
    arns: list[str] = []
    for room in rooms:
        arn = resources.tables[room].table_arn
        arns.append(arn)
        arns += [f"{arn}/index/{index.name}" for index in DECLARED[room].indexes]
    region = Stack.of(resources.bus).region
    return [
        Permission([f"dynamodb:{verb}" for verb in verbs], arns),
        # DynamoDB decrypts with the caller's rights, and only through DynamoDB may it do so.
        Permission(
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [resources.data_key.key_arn],
            conditions={"StringLike": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com*"}},
        ),
    ]
