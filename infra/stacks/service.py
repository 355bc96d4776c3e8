"""The stack that does the work. It holds nothing that a new deployment could not make again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import CfnOutput, CfnParameter, Stack
from constructs import Construct

from infra.functions import API_HANDLER, FLOWS, Flow, Function
from infra.grants import Resources
from infra.parts.application import API_STAGE, Functions
from infra.parts.bus import Bus
from infra.parts.flows import Machine
from infra.parts.triggers import Triggers
from infra.stacks.data import DataStack
from infra.stage import Stage

SOURCE_PREFIX = "yichuang."
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
            alarm_topic=bus.alarms,
            machines={f.name: f"yichuang-{stage.name}-{f.name.replace('_', '-')}" for f in FLOWS},
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
                "YICHUANG_DISTRICT": self._parameter(
                    "District", "The district's code in GB/T 2260, six digits"
                ),
                "YICHUANG_ISSUERS": self._parameter(
                    "Issuers", "Whose tokens are accepted: a JSON list of {issuer, jwks_uri}"
                ),
                "YICHUANG_AUDIENCE": self._parameter(
                    "Audience", "The audience that a token must name"
                ),
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
        Triggers(self, "Triggers", functions=functions, deployed=deployed, resources=resources)
        for function in functions:
            CfnOutput(self, f"{function.logical_id}Function", value=deployed.name(function))
        CfnOutput(self, "ApiId", value=deployed.api.ref)
        CfnOutput(self, "ApiStage", value=API_STAGE)

    def _parameter(self, name: str, description: str) -> str:
        return CfnParameter(self, name, description=description).value_as_string


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
        "alarm_topic": resources.alarm_topic.topic_arn,
    }
    tables = {f"table_{room}": table.table_name for room, table in resources.tables.items()}
    named = {f"YICHUANG_{key.upper()}": value for key, value in (values | tables).items()}
    machines = {flow.setting: resources.machine_arn(flow.name) for flow in FLOWS}
    return named | machines | _POWERTOOLS
