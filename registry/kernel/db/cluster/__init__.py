"""The private PostgreSQL and PostGIS cluster of an installation without DATABASE_URL."""

from registry.kernel.db.cluster.cluster import DATABASE, EXTENSIONS, Cluster, ClusterStatus
from registry.kernel.db.cluster.programs import ClusterError

__all__ = ["DATABASE", "EXTENSIONS", "Cluster", "ClusterError", "ClusterStatus"]
