from tests.support.deployed import (
    deployment,
    pytest_collection_finish,
    pytest_collection_modifyitems,
)

__all__ = ["deployment", "pytest_collection_finish", "pytest_collection_modifyitems"]
