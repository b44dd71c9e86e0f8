"""Keeps the processes of one installation running, and ends them together."""

from registry.kernel.supervisor.child import Child, Program
from registry.kernel.supervisor.port import PortBusyError, check_port, wait_for_port
from registry.kernel.supervisor.supervisor import Supervisor

__all__ = ["Child", "PortBusyError", "Program", "Supervisor", "check_port", "wait_for_port"]
