"""What there is to say of a function and of a flow, and of what calls them."""

from __future__ import annotations

from dataclasses import dataclass

from infra.grants import Grant


@dataclass(frozen=True, slots=True)
class Stream:
    """Changes of a room's table.

    `sk` is what the sort key begins with, or the whole of it where `exactly`. `modified` adds
    changes to the inserts. `window` is how many seconds a batch may gather.
    """

    room: str
    sk: str
    exactly: bool = False
    modified: bool = False
    batch_size: int = 50
    window: int = 0
    retries: int = 8

    def pattern(self) -> dict[str, object]:
        """The filter of the event source mapping."""
        return {
            "eventName": ["INSERT", "MODIFY"] if self.modified else ["INSERT"],
            "dynamodb": {"Keys": {"sk": {"S": [self.sk if self.exactly else {"prefix": self.sk}]}}},
        }


@dataclass(frozen=True, slots=True)
class BusEvents:
    """Events on the platform's bus from any of the `sources`."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed period, in minutes."""

    minutes: int


Trigger = Stream | BusEvents | Every


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. `name` is Chalice's; memory in MB, timeout in seconds."""

    name: str
    grants: tuple[Grant, ...]
    trigger: Trigger | None = None
    memory: int = 512
    timeout: int = 30

    @property
    def logical_id(self) -> str:
        """Its name in the template and in the machines' placeholders: `relay` is `Relay`."""
        return "APIHandler" if self.name == "api_handler" else pascal(self.name)


@dataclass(frozen=True, slots=True)
class Flow:
    """A state machine, `statemachines/<name>.asl.json`.

    Functions find its ARN under `setting`.
    """

    name: str
    setting: str

    @property
    def logical_id(self) -> str:
        return pascal(self.name)


def pascal(name: str) -> str:
    """`await_stage` is `AwaitStage`."""
    return "".join(part.capitalize() for part in name.split("_"))
