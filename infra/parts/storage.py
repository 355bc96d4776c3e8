"""Where things are kept: one table a room, the documents' bucket, the key that encrypts both."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.nag import accept
from infra.stage import Stage
from infra.tables import TABLES, Table

_TIME_TO_LIVE = "expires_at"
_UNFINISHED_UPLOAD_DAYS = 1
_UPLOADS = "uploads/"  # what nobody completed; see chalicelib.aws.documents
_OLD_VERSION_DAYS = 365


class Storage(Construct):
    """Tables, documents and the customer-managed key over them."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, web_origin: str) -> None:
        super().__init__(scope, name)
        self.key = kms.Key(
            self,
            "DataKey",
            description="Encrypts the tables and the documents",
            enable_key_rotation=True,
            removal_policy=stage.removal,
        )
        self.tables = {table.room: self._table(table, stage) for table in TABLES}
        self.documents = self._documents(stage, web_origin)

    def _table(self, declared: Table, stage: Stage) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            declared.room.capitalize(),
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=stage.protected,
            removal_policy=stage.removal,
            time_to_live_attribute=_TIME_TO_LIVE,
            stream=dynamodb.StreamViewType.NEW_IMAGE if declared.publishes else None,
        )
        for index in declared.indexes:
            if index.include is None:
                projection = dynamodb.ProjectionType.ALL
            elif index.include:
                projection = dynamodb.ProjectionType.INCLUDE
            else:
                projection = dynamodb.ProjectionType.KEYS_ONLY
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_text(index.hash_key),
                sort_key=_text(index.range_key),
                projection_type=projection,
                non_key_attributes=list(index.include) if index.include else None,
            )
        return table

    def _documents(self, stage: Stage, web_origin: str) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Documents",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            removal_policy=stage.removal,
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST, s3.HttpMethods.PUT, s3.HttpMethods.GET],
                    allowed_origins=[web_origin],
                    allowed_headers=["*"],
                    max_age=3600,
                )
            ],
            lifecycle_rules=[
                s3.LifecycleRule(
                    prefix=_UPLOADS, expiration=Duration.days(_UNFINISHED_UPLOAD_DAYS)
                ),
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(_UNFINISHED_UPLOAD_DAYS),
                    noncurrent_version_expiration=Duration.days(_OLD_VERSION_DAYS),
                ),
            ],
        )
        accept(
            bucket,
            "AwsSolutions-S1",
            "Who opened which document is in the read log of the case, with the purpose; "
            "server access logs would name citizens' files without it.",
        )
        return bucket


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
