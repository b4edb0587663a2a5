"""The message bus: a port of four methods, in process or on RabbitMQ."""

from collections.abc import Callable

from shared.bus.memory import MemoryBus, Subscribers
from shared.bus.port import Bus, BusUnavailable, Deliver, Queue, Rejected, SetApart

__all__ = ["MIGRATOR", "Bus", "BusUnavailable", "Deliver", "Queue", "Rejected", "SetApart", "buses"]

#: who declares exchanges, queues and bindings; no service is allowed to
MIGRATOR = "migrator"


def buses(url_of: Callable[[str], str]) -> Callable[[str], Bus]:
    """A function that gives a service, by its name, its own connection to the bus at its URL.

    `memory:` is the bus of this process; `amqp://…` is a RabbitMQ, where `?namespace=` separates platforms on one broker.
    """
    subscribers: Subscribers = {}

    def bus_of(service: str) -> Bus:
        url = url_of(service)
        if url.startswith("memory:"):
            return MemoryBus(service, subscribers)
        from shared.bus.rabbit import RabbitBus

        return RabbitBus(url, service)

    return bus_of
