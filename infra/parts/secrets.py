"""What must stay secret: the certificates' signing key and the sealing secret of personal data."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.nag import accept
from infra.stage import Stage

_SECRET_CHARACTERS = 64


class Secrets(Construct):
    """An asymmetric key that never leaves KMS, and one generated secret."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, data_key: kms.IKey) -> None:
        super().__init__(scope, name)
        self.signing_key = kms.Key(
            self,
            "SigningKey",
            description="Signs electronic certificates (ECDSA over P-256)",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=stage.removal,
        )
        self.sealing = secretsmanager.Secret(
            self,
            "Sealing",
            description="Seals personal data and keys the holders' hashes",
            encryption_key=data_key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template='{"current": "1"}',
                generate_string_key="1",
                password_length=_SECRET_CHARACTERS,
                exclude_punctuation=True,
            ),
            removal_policy=stage.removal,
        )
        accept(
            self.sealing,
            "AwsSolutions-SMG4",
            "A rotation adds a master beside the old ones, from which the holders' keys "
            "still come; a timer that replaced the secret would lose every certificate.",
        )
