"""The message bus: a port of four methods, in process or on RabbitMQ."""

from shared.bus.port import Bus, BusUnavailable, Deliver, Queue

__all__ = ["Bus", "BusUnavailable", "Deliver", "Queue", "bus_for"]


def bus_for(url: str) -> Bus:
    """The bus that `url` names: `memory:`, or `amqp://…` where `?namespace=` keeps platforms on one broker apart."""
    if url.startswith("memory:"):
        from shared.bus.memory import MemoryBus

        return MemoryBus()
    from shared.bus.rabbit import RabbitBus

    return RabbitBus(url)
