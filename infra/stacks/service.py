"""The stack that does the work. It holds nothing that a new deployment could not make again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import CfnOutput, CfnParameter, Stack
from constructs import Construct

from infra.function import Flow, Function
from infra.functions import API_HANDLER, FAN_OUT, FLOWS
from infra.grants import Resources
from infra.parts.application import API_STAGE, Functions
from infra.parts.bus import Bus
from infra.parts.flows import Machine
from infra.parts.guard import Guard
from infra.parts.triggers import Triggers
from infra.stacks.data import DataStack
from infra.stage import Stage

SOURCE_PREFIX = "yichuang."


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting that the operator gives at deployment; without a default it must be given."""

    setting: str
    name: str
    description: str
    default: str | None = None


PARAMETERS = (
    Parameter("DISTRICT", "District", "The district's code in GB/T 2260, six digits"),
    Parameter("ISSUERS", "Issuers", "Whose tokens count: a JSON list of {issuer, jwks_uri}"),
    Parameter("AUDIENCE", "Audience", "The audience that a token must name"),
    Parameter(
        "WEBHOOK_DOMAINS", "WebhookDomains", "Domains that may receive events, by commas", ""
    ),
    Parameter(
        "WEBHOOK_PRIVATE", "WebhookPrivate", "Whether they may have private addresses", "false"
    ),
)
_POWERTOOLS = {
    "POWERTOOLS_SERVICE_NAME": "yichuang",
    "POWERTOOLS_METRICS_NAMESPACE": "yichuang",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


class ServiceStack(Stack):
    """The API, the workers, the machines and the bus."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        data: DataStack,
        project: Path,
        cache: Path,
        functions: Sequence[Function],
        definitions: Mapping[Flow, Path],
    ) -> None:
        super().__init__(scope, name, description="Yichuang: API, workers, machines, bus")
        bus = Bus(self, "Bus", source_prefix=SOURCE_PREFIX, data_key=data.storage.key)
        prefix = f"yichuang-{stage.name}"
        resources = Resources(
            tables=data.storage.tables,
            documents=data.storage.documents,
            documents_arn=data.export_value(
                data.storage.documents.bucket_arn, name=f"{data.stack_name}-documents-arn"
            ),
            data_key=data.storage.key,
            signing_key=data.secrets.signing_key,
            sealing_secret=data.secrets.sealing,
            bus=bus.bus,
            archive=bus.archive,
            alarm_topic=bus.alarms,
            prefix=prefix,
            machines={flow.name: f"{prefix}-{flow.name.replace('_', '-')}" for flow in FLOWS},
        )
        deployed = Functions(
            self,
            "Functions",
            project=project,
            cache=cache,
            architecture=stage.architecture,
            functions=functions,
            resources=resources,
            environment=_environment(stage, resources)
            | {
                f"YICHUANG_{parameter.setting}": CfnParameter(
                    self,
                    parameter.name,
                    description=parameter.description,
                    default=parameter.default,
                ).value_as_string
                for parameter in PARAMETERS
            },
        )
        arns = {f.logical_id: deployed.arn(f) for f in functions if f is not API_HANDLER}
        for flow, definition in definitions.items():
            Machine(
                self,
                flow.logical_id,
                definition=definition,
                machine_name=resources.machines[flow.name],
                function_arns=arns,
            )
        Guard(self, "Guard", api=deployed.api, label=prefix)
        Triggers(self, "Triggers", functions=functions, deployed=deployed, resources=resources)
        for function in functions:
            CfnOutput(self, f"{function.logical_id}Function", value=deployed.name(function))
        CfnOutput(self, "ApiId", value=deployed.api.ref)
        CfnOutput(self, "ApiStage", value=API_STAGE)


def _environment(stage: Stage, resources: Resources) -> dict[str, str]:
    """What `chalicelib.aws.settings` reads.

    Two of its names are left out: the clock, because only a demonstration has another than the
    machine's, and the documents' endpoint, because in the cloud it is S3's own.
    """
    values = {
        "stage": stage.name,
        "documents_bucket": resources.documents.bucket_name,
        "bus": resources.bus.event_bus_name,
        "signing_key": resources.signing_key.key_arn,
        "secret_name": resources.sealing_secret.secret_arn,
        "bus_arn": resources.bus.event_bus_arn,
        "archive": resources.archive.archive_arn,
        "fan_out_rule": resources.rule_arn(FAN_OUT),
        "alarm_topic": resources.alarm_topic.topic_arn,
    }
    tables = {f"table_{room}": table.table_name for room, table in resources.tables.items()}
    named = {f"YICHUANG_{key.upper()}": value for key, value in (values | tables).items()}
    machines = {flow.setting: resources.machine_arn(flow.name) for flow in FLOWS}
    return named | machines | _POWERTOOLS
